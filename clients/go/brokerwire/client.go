package brokerwire

import (
	"context"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// Client is a gateway. Make one with Dial; use it from any number of goroutines.
type Client struct {
	target *target
	conn   *grpc.ClientConn
	orders pb.OrderServiceClient

	mu      sync.Mutex
	account string
	closed  context.Context
	close   context.CancelFunc
}

// Dial makes a client. The connection is made when it is first needed. The client lives until Close, or until ctx
// is done.
//
// The error says that an option cannot be meant: plaintext to another machine, an address that is none.
func Dial(ctx context.Context, options ...Option) (*Client, error) {
	target, err := newTarget(options)
	if err != nil {
		return nil, err
	}
	conn, err := target.dial()
	if err != nil {
		return nil, err
	}
	client := &Client{target: target, conn: conn, orders: pb.NewOrderServiceClient(conn), account: target.account}
	client.closed, client.close = context.WithCancel(ctx)
	context.AfterFunc(client.closed, func() { _ = conn.Close() })
	return client, nil
}

// Close ends streams, sessions and the connection. Orders go on.
func (c *Client) Close() error {
	c.close()
	return nil
}

// Conn is the connection, for the stubs of brokerwirev1 that this package has no method for. Unary calls on it have
// the client's deadline and token, and fail with an *Error.
func (c *Client) Conn() grpc.ClientConnInterface { return c.conn }

func (t *target) dial() (*grpc.ClientConn, error) { return grpc.NewClient(t.address, t.options...) }

// intercept gives a unary call its deadline, and its error the type of this package.
func (t *target) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn,
	invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	if t.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.timeout)
		defer cancel()
	}
	t.sign(request)
	if err := invoke(ctx, method, request, reply, conn, options...); err != nil {
		_, reads := unaryReads[method]
		return fromStatus(err, !reads, orderKey(request), t.address)
	}
	return nil
}

// orderKey is the idempotency key of a request; empty where it has none.
func orderKey(request any) string {
	switch r := request.(type) {
	case interface{ GetOrder() *pb.OrderRequest }:
		return r.GetOrder().GetClientOrderId()
	case interface{ GetNewClientOrderId() string }:
		return r.GetNewClientOrderId()
	case interface{ GetClientOrderId() string }:
		return r.GetClientOrderId()
	case interface{ GetRequestId() string }:
		return r.GetRequestId()
	}
	return ""
}

// defaultAccount is the account that a call means that names none: the client's own, or the only one that there is.
func (c *Client) defaultAccount(ctx context.Context) (string, error) {
	c.mu.Lock()
	known := c.account
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	answer, err := pb.NewAccountServiceClient(c.conn).ListAccounts(ctx, &pb.ListAccountsRequest{PageSize: 1000})
	if err != nil {
		return "", err
	}
	only, err := onlyAccount(answer)
	if err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.account = only
	return only, nil
}

func onlyAccount(answer *pb.ListAccountsResponse) (string, error) {
	if len(answer.Unreachable) > 0 {
		away := strings.Join(answer.Unreachable, ", ")
		return "", newError(codes.Unavailable, "", "cannot tell which account is meant while "+away+" cannot be reached")
	}
	var usable []string
	for _, account := range answer.Accounts {
		if account.Status != pb.AccountStatus_ACCOUNT_STATUS_CLOSED {
			usable = append(usable, account.AccountId)
		}
	}
	switch len(usable) {
	case 0:
		return "", newError(codes.NotFound, ReasonAccountNotFound, "the gateway has no open account")
	case 1:
		return usable[0], nil
	}
	names := strings.Join(usable, ", ")
	return "", invalid("account", "is needed, because the gateway has several: "+names+"; WithAccount sets it", ReasonFieldRequired)
}

// someAccounts is the filter of a call over accounts: the one named, else the client's own, else all.
func (c *Client) someAccounts(named string) []string {
	if named == "" {
		named = c.target.account
	}
	if named == "" {
		return nil
	}
	return []string{named}
}

// sign signs what is to be signed of a request, if there is a signer.
func (t *target) sign(request any) {
	if t.signer != nil {
		t.signer.Sign(request)
	}
}

// metadata is what goes with every call, a token among it. Plaintext is for this machine only, which Dial has seen to.
type metadata map[string]string

func (m metadata) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return m, nil
}

func (metadata) RequireTransportSecurity() bool { return false }

func (metadata) String() string   { return "credentials" }
func (metadata) GoString() string { return "credentials" }
