package brokerwire

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// memory is a token store that notes what was saved.
type memory struct {
	token string
	saved []string
	err   error
}

func (m *memory) Load(context.Context) (string, error) { return m.token, nil }

func (m *memory) Save(_ context.Context, token string) error {
	m.saved = append(m.saved, token)
	return m.err
}

func orders(t *testing.T, g *gateway, store TokenStore) *Stream[OrderEvent] {
	t.Helper()
	return serve(t, g).StreamOrders(context.Background(), OrderStreamOptions{StreamOptions: StreamOptions{TokenStore: store}})
}

// hangingAfter sends batches, then nothing more until the client leaves.
func hangingAfter(batches ...*pb.StreamOrdersResponse) *gateway {
	return &gateway{stream: func(_ int, _ *pb.StreamOrdersRequest, send func(...*pb.StreamOrdersResponse)) error {
		send(batches...)
		return errHang
	}}
}

func nextEvent(t *testing.T, s *Stream[OrderEvent]) int64 {
	t.Helper()
	for item, err := range s.Items(patient(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if event, ok := item.(OrderEvent); ok {
			return event.Sequence
		}
	}
	t.Fatal("the stream ended")
	return 0
}

func TestATokenIsKeptOnlyWhenAllBeforeItWasProcessed(t *testing.T) {
	store := &memory{}
	s := orders(t, hangingAfter(opened(time.Minute), events("t2", 1, 2), events("t3", 3)), store)
	for _, sequence := range []int64{1, 2} {
		if got := nextEvent(t, s); got != sequence || len(store.saved) != 0 || s.Token() != "" {
			t.Errorf("event %d: saved %v", got, store.saved)
		}
	}
	if got := nextEvent(t, s); got != 3 || !slices.Equal(store.saved, []string{"t2"}) || s.Token() != "t2" {
		t.Errorf("event %d: saved %v", got, store.saved)
	}
}

func TestAStreamBeginsWithTheTokenThatWasKept(t *testing.T) {
	g := hangingAfter(opened(time.Minute), events("t8", 8))
	s := orders(t, g, &memory{token: "t7"})
	nextEvent(t, s)
	if !slices.Equal(g.asked(), []string{"t7"}) {
		t.Errorf("it asked with %v", g.asked())
	}
}

func TestATokenThatCannotBeKeptEndsTheStream(t *testing.T) {
	full := errors.New("disk full")
	s := orders(t, hangingAfter(opened(time.Minute), events("t1", 1)), &memory{err: full})
	nextEvent(t, s)
	for range 2 {
		if _, err := s.Next(patient(t)); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
	}
}

func TestGivingUpAWaitLosesNothing(t *testing.T) {
	more := make(chan struct{})
	g := &gateway{stream: func(_ int, _ *pb.StreamOrdersRequest, send func(...*pb.StreamOrdersResponse)) error {
		send(opened(time.Minute))
		<-more
		send(events("t1", 1))
		return errHang
	}}
	s := orders(t, g, nil)
	if _, err := s.Next(patient(t)); err != nil {
		t.Fatal(err)
	}
	impatient, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Next(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(more)
	if nextEvent(t, s) != 1 || len(g.asked()) != 1 {
		t.Errorf("it connected with %q", g.asked())
	}
}

func TestClosingEndsAWaitFromAnotherGoroutine(t *testing.T) {
	s := orders(t, hangingAfter(opened(time.Minute)), nil)
	if _, err := s.Next(patient(t)); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		_, err := s.Next(context.Background())
		result <- err
	}()
	s.Close()
	if err := <-result; !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
	for range s.Items(context.Background()) {
		t.Error("a closed stream has items")
	}
}

func TestClosingTheClientEndsItsStreams(t *testing.T) {
	client := serve(t, hangingAfter(opened(time.Minute)))
	s := client.StreamOrders(context.Background(), OrderStreamOptions{})
	if _, err := s.Next(patient(t)); err != nil {
		t.Fatal(err)
	}
	_ = client.Close()
	if _, err := s.Next(patient(t)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestASilentConnectionIsLeftForANewOne(t *testing.T) {
	g := &gateway{stream: func(n int, _ *pb.StreamOrdersRequest, send func(...*pb.StreamOrdersResponse)) error {
		send(opened(40*time.Millisecond), events("t1", 1))
		if n > 1 {
			send(events("t2", 2))
		}
		return errHang
	}}
	s := orders(t, g, nil)
	nextEvent(t, s)
	first := s.client.conn
	if nextEvent(t, s) != 2 {
		t.Error("it did not go on")
	}
	if s.private == nil || s.private == first {
		t.Error("it stayed on a channel that may be dead")
	}
	if asked := g.asked(); asked[1] != "t1" {
		t.Errorf("it asked with %q", asked)
	}
}

func TestAnErrorThatWillNotPassEndsTheStream(t *testing.T) {
	g := &gateway{stream: func(int, *pb.StreamOrdersRequest, func(...*pb.StreamOrdersResponse)) error {
		return status.Error(codes.PermissionDenied, "not yours")
	}}
	s := orders(t, g, nil)
	for range 2 {
		if _, err := s.Next(patient(t)); !errors.Is(err, ErrPermissionDenied) {
			t.Errorf("got %v", err)
		}
	}
	if len(g.asked()) != 1 {
		t.Errorf("it tried %d times", len(g.asked()))
	}
}

func TestABatchThatTheContractDoesNotAllowEndsTheStream(t *testing.T) {
	bad := events("t2", 2)
	bad.Items[0].GetEvent().Order.FilledQuantity.Value = "1e5"
	s := orders(t, hangingAfter(opened(time.Minute), events("t1", 1), bad), nil)
	nextEvent(t, s)
	if _, err := s.Next(patient(t)); !errors.Is(err, ErrInternal) {
		t.Errorf("got %v", err)
	}
	if s.Token() != "t1" {
		t.Errorf("the token is %q", s.Token())
	}
}

func TestEventsAloneSayOnceThatSomethingWasLostAndGoOn(t *testing.T) {
	reset := batchOf("", &pb.StreamOrdersItem{Item: &pb.StreamOrdersItem_Control{Control: &pb.StreamControl{
		Control: &pb.StreamControl_Reset_{Reset_: &pb.StreamReset{}},
	}}})
	s := orders(t, hangingAfter(opened(time.Minute), reset, events("t5", 5)), nil)
	var seen []any
	for event, err := range s.Events(patient(t)) {
		if err != nil {
			seen = append(seen, errors.Is(err, ErrStreamGap))
			continue
		}
		seen = append(seen, event.Sequence)
		break
	}
	if !slices.Equal(seen, []any{true, int64(5)}) {
		t.Errorf("got %v", seen)
	}
}

func TestAFileKeepsATokenOverLives(t *testing.T) {
	store := FileTokenStore(filepath.Join(t.TempDir(), "new", "orders.token"))
	ctx := context.Background()
	if token, err := store.Load(ctx); token != "" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
	for _, token := range []string{"one", "two"} {
		if err := store.Save(ctx, token); err != nil {
			t.Fatal(err)
		}
		if kept, err := store.Load(ctx); kept != token || err != nil {
			t.Errorf("%q, %v", kept, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(string(store)), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
