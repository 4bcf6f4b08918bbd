// Command driver carries out the steps of the cross-language suite with this client: JSON lines in, one JSON line out
// for each. tests/clients/README.md says what the steps are.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/brokerwire/brokerwire/clients/go/brokerwire"
)

type object = map[string]any

// step is a line of input: what to do, and the arguments of all steps together.
type step struct {
	Do             string
	Address        string
	Account        string
	Timeout        float64
	Bearer         string
	CA             string
	Certificate    string
	CertificateKey string `json:"certificate_key"`
	SigningKey     string `json:"signing_key"`
	KeyID          string `json:"key_id"`
	OrderID        string `json:"order_id"`
	ClientOrderID  string `json:"client_order_id"`
	Stream         string
	Kind           string
	Store          string
	Token          *string
	Until          until
	EventsOnly     bool              `json:"events_only"`
	Orders         []json.RawMessage // of session_submit
	Count          int               // of time_submits and time_events
}

// until says with which item a read ends.
type until struct {
	Kind     string
	Count    int
	Sequence int64
}

// driver is the client under test and what it has open.
type driver struct {
	client  *brokerwire.Client
	session *brokerwire.OrderSession
	streams map[string]stream
	stores  map[string]*store
}

func main() {
	d := &driver{streams: map[string]stream{}, stores: map[string]*store{}}
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := out.Encode(answer(d.carryOut(line))); err != nil {
			return
		}
	}
}

// answer is what a step came to: its result, or the client's error.
func answer(result any, err error) object {
	if err != nil {
		return object{"error": failure(err)}
	}
	return object{"ok": result}
}

func (d *driver) carryOut(line []byte) (any, error) {
	var s step
	if err := json.Unmarshal(line, &s); err != nil {
		return nil, err
	}
	ctx := context.Background()
	switch s.Do {
	case "connect":
		return object{}, d.connect(ctx, s)
	case "submit":
		request, err := orderRequest(line)
		if err != nil {
			return nil, err
		}
		order, err := d.client.Submit(ctx, request)
		return orderObject(order), err
	case "wait":
		return d.wait(ctx, s)
	case "get_order":
		order, err := d.client.Order(ctx, s.key())
		return orderObject(order), err
	case "replace":
		return d.replace(ctx, s, line)
	case "cancel":
		result, err := d.client.Cancel(ctx, s.key())
		return object{"outcome": brokerwire.Name(result.Outcome), "order": orderObject(result.Order)}, err
	case "list_orders":
		return d.listOrders(ctx, line)
	case "list_positions":
		return d.listPositions(ctx)
	case "open_stream":
		return object{}, d.openStream(ctx, s, line)
	case "read_stream":
		return d.readStream(ctx, s)
	case "close_stream":
		d.streams[s.Stream].Close()
		return object{}, nil
	case "open_session":
		var err error
		d.session, err = d.client.Session(ctx)
		return object{}, err
	case "session_submit":
		return d.sessionSubmit(ctx, s)
	case "close_session":
		d.session.Close(ctx)
		return object{}, nil
	case "time_submits":
		return d.timeSubmits(ctx, s, line)
	case "time_events":
		return d.timeEvents(ctx, s)
	}
	return nil, fmt.Errorf("no such step: %s", s.Do)
}

func (s step) key() brokerwire.OrderKey {
	return brokerwire.OrderKey{OrderID: s.OrderID, ClientOrderID: s.ClientOrderID}
}

func (s step) patience(otherwise float64) time.Duration {
	if s.Timeout == 0 {
		s.Timeout = otherwise
	}
	return time.Duration(s.Timeout * float64(time.Second))
}

func (d *driver) connect(ctx context.Context, s step) (err error) {
	options := []brokerwire.Option{
		brokerwire.WithAddress(s.Address), brokerwire.WithAccount(s.Account), brokerwire.WithTimeout(s.patience(10)),
	}
	if s.Bearer != "" {
		options = append(options, brokerwire.WithToken(s.Bearer))
	}
	if s.CA != "" {
		options = append(options, brokerwire.WithCA(s.CA))
	}
	if s.Certificate != "" {
		options = append(options, brokerwire.WithClientCertificate(s.Certificate, s.CertificateKey))
	}
	if s.SigningKey != "" {
		signer, err := brokerwire.SignerFromFile(s.SigningKey, s.KeyID)
		if err != nil {
			return err
		}
		options = append(options, brokerwire.WithSigner(signer))
	}
	d.client, err = brokerwire.Dial(ctx, options...)
	return err
}

func (d *driver) wait(ctx context.Context, s step) (any, error) {
	order, err := d.client.Order(ctx, s.key())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.patience(20))
	defer cancel()
	order, err = d.client.Wait(ctx, order, nil)
	return orderObject(order), err
}

func (d *driver) replace(ctx context.Context, s step, line []byte) (any, error) {
	changes, err := replaceRequest(line)
	if err != nil {
		return nil, err
	}
	result, err := d.client.Replace(ctx, s.key(), changes)
	return object{"outcome": brokerwire.Name(result.Outcome), "order": orderObject(result.Order)}, err
}

func (d *driver) listOrders(ctx context.Context, line []byte) (any, error) {
	var wanted struct {
		OpenOnly    bool `json:"open_only"`
		OldestFirst bool `json:"oldest_first"`
		PageSize    int  `json:"page_size"`
	}
	if err := json.Unmarshal(line, &wanted); err != nil {
		return nil, err
	}
	orders := []object{}
	filter := brokerwire.OrderFilter{OpenOnly: wanted.OpenOnly, OldestFirst: wanted.OldestFirst, PageSize: wanted.PageSize}
	for order, err := range d.client.Orders(ctx, filter, nil) {
		if err != nil {
			return nil, err
		}
		orders = append(orders, orderObject(order))
	}
	return object{"orders": orders}, nil
}

func (d *driver) listPositions(ctx context.Context) (any, error) {
	positions := []object{}
	for position, err := range d.client.Positions(ctx, brokerwire.PositionFilter{}, nil) {
		if err != nil {
			return nil, err
		}
		positions = append(positions, positionObject(position))
	}
	return object{"positions": positions}, nil
}

func (d *driver) sessionSubmit(ctx context.Context, s step) (any, error) {
	var waiting []*brokerwire.Result[brokerwire.Order]
	for _, line := range s.Orders {
		request, err := orderRequest(line)
		if err != nil {
			return nil, err
		}
		waiting = append(waiting, d.session.Submit(request))
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	results := []object{}
	for _, result := range waiting {
		order, err := result.Wait(ctx)
		results = append(results, answer(orderObject(order), err))
	}
	return object{"results": results}, nil
}

// failure describes an error; one that is not the client's is the driver's own, and no scenario expects it.
func failure(err error) object {
	var e *brokerwire.Error
	if !errors.As(err, &e) {
		return object{"kind": "driver", "message": err.Error()}
	}
	return object{
		"kind": kindOf(e), "code": e.CodeName(), "reason": e.Reason, "sent": e.Sent.String(),
		"client_order_id": e.ClientOrderID, "metadata": e.Metadata, "message": e.Message,
	}
}

func kindOf(err error) string {
	for _, kind := range []struct {
		name string
		err  error
	}{
		{"InvalidRequest", brokerwire.ErrInvalidRequest},
		{"NotFound", brokerwire.ErrNotFound},
		{"Conflict", brokerwire.ErrConflict},
		{"Precondition", brokerwire.ErrPrecondition},
		{"Unsupported", brokerwire.ErrUnsupported},
		{"PermissionDenied", brokerwire.ErrPermissionDenied},
		{"Unauthenticated", brokerwire.ErrUnauthenticated},
		{"Overloaded", brokerwire.ErrOverloaded},
		{"SessionClosed", brokerwire.ErrSessionClosed},
		{"Unavailable", brokerwire.ErrUnavailable},
		{"DeadlineExceeded", brokerwire.ErrDeadlineExceeded},
		{"StreamGap", brokerwire.ErrStreamGap},
	} {
		if errors.Is(err, kind.err) {
			return kind.name
		}
	}
	return "Internal"
}
