package brokerwire

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// StreamOptions say how a stream starts; the zero value means: a snapshot, then live.
type StreamOptions struct {
	// SkipSnapshot: only what happens from now on. For StreamEvents, otherwise from the oldest entry on.
	SkipSnapshot bool
	// Heartbeat is the longest silence, 1 s to 60 s; 15 s if zero. After 2.5 times as long without any message the
	// stream connects anew.
	Heartbeat time.Duration
	// FailOnGap: when a token cannot be honoured, fail with ErrStreamGap instead of starting over with a snapshot.
	FailOnGap bool
	// MinSequences, by account: the snapshot reflects at least these.
	MinSequences map[string]int64
	// TerminalSince, of order streams: the snapshot also has orders that ended at or after this time.
	TerminalSince time.Time
	// TokenStore is where to go on after a restart of the program.
	TokenStore TokenStore
	// Account is the client's own, or all, if empty.
	Account string
}

func (o *StreamOptions) message(token string) *pb.StreamOptions {
	m := &pb.StreamOptions{ResumeToken: token, SkipSnapshot: o.SkipSnapshot, OnGap: pb.OnGap_ON_GAP_RESNAPSHOT}
	if o.Heartbeat > 0 {
		m.HeartbeatInterval = durationpb.New(o.Heartbeat)
	}
	if o.FailOnGap {
		m.OnGap = pb.OnGap_ON_GAP_FAIL
	}
	for account, sequence := range o.MinSequences {
		m.MinSequences = append(m.MinSequences, &pb.AccountSequence{AccountId: account, Sequence: sequence})
	}
	if !o.TerminalSince.IsZero() {
		m.IncludeTerminalSinceTime = timestamppb.New(o.TerminalSince)
	}
	return m
}

// OrderStreamOptions say which orders a stream is about. All conditions must hold; an empty one holds always.
type OrderStreamOptions struct {
	StreamOptions
	Symbols        []string
	ClientOrderIDs []string
	// FillsOnly: only events with a fill; the snapshot is then empty.
	FillsOnly bool
}

// StreamOrders streams every change of orders, with fills: never dropped, never conflated.
func (c *Client) StreamOrders(ctx context.Context, options OrderStreamOptions) *Stream[OrderEvent] {
	inAccount := func(e OrderEvent) (place, int64) { return place{account: e.AccountID}, e.Sequence }
	rules := rules[OrderEvent]{name: "StreamOrders", place: inAccount}
	open := func(ctx context.Context, conn grpc.ClientConnInterface, token string) (func() (batch[OrderEvent], error), error) {
		call, err := pb.NewOrderServiceClient(conn).StreamOrders(ctx, &pb.StreamOrdersRequest{
			Options: options.message(token), AccountIds: c.someAccounts(options.Account),
			Symbols: options.Symbols, ClientOrderIds: options.ClientOrderIDs, FillsOnly: options.FillsOnly,
		})
		return receiver(call, err, (*read).orderItem), err
	}
	return newStream(ctx, c, rules, options.TokenStore, open)
}

func (r *read) orderItem(m *pb.StreamOrdersItem) wireItem[OrderEvent] {
	switch item := m.Item.(type) {
	case *pb.StreamOrdersItem_Event:
		event := r.orderEvent(item.Event)
		return wireItem[OrderEvent]{event: &event}
	case *pb.StreamOrdersItem_Snapshot:
		return wireItem[OrderEvent]{snapshot: Snapshot[Order]{r.order(item.Snapshot)}}
	case *pb.StreamOrdersItem_Control:
		return wireItem[OrderEvent]{control: item.Control}
	}
	return wireItem[OrderEvent]{}
}

// PositionStreamOptions say which positions a stream is about.
type PositionStreamOptions struct {
	StreamOptions
	Symbols []string
	// PriceChanges: also changes of price alone, at most one per position and second.
	PriceChanges bool
}

// StreamPositions streams positions: absolute state. A slow reader may get the latest only, and is told (Conflated).
func (c *Client) StreamPositions(ctx context.Context, options PositionStreamOptions) *Stream[PositionEvent] {
	inPosition := func(e PositionEvent) (place, int64) { return place{e.AccountID, e.Position.Symbol}, e.Sequence }
	rules := rules[PositionEvent]{name: "StreamPositions", place: inPosition, repeats: true}
	open := func(ctx context.Context, conn grpc.ClientConnInterface, token string) (func() (batch[PositionEvent], error), error) {
		call, err := pb.NewPositionServiceClient(conn).StreamPositions(ctx, &pb.StreamPositionsRequest{
			Options: options.message(token), AccountIds: c.someAccounts(options.Account),
			Symbols: options.Symbols, IncludePriceChanges: options.PriceChanges,
		})
		return receiver(call, err, (*read).positionItem), err
	}
	return newStream(ctx, c, rules, options.TokenStore, open)
}

func (r *read) positionItem(m *pb.StreamPositionsItem) wireItem[PositionEvent] {
	switch item := m.Item.(type) {
	case *pb.StreamPositionsItem_Event:
		event := r.positionEvent(item.Event)
		return wireItem[PositionEvent]{event: &event}
	case *pb.StreamPositionsItem_Snapshot:
		return wireItem[PositionEvent]{snapshot: Snapshot[Position]{r.position(item.Snapshot)}}
	case *pb.StreamPositionsItem_Control:
		return wireItem[PositionEvent]{control: item.Control}
	}
	return wireItem[PositionEvent]{}
}

// Event is one entry of an account's journal, the record that everything else is computed from. Its embedded message
// has the payload.
type Event struct{ *pb.Event }

// EventStreamOptions say which entries a stream has.
type EventStreamOptions struct {
	StreamOptions
	Types []EventType
	// After, by account: begin after these sequences.
	After map[string]int64
}

// StreamEvents streams journal entries without loss: the drop copy. It has no snapshot.
func (c *Client) StreamEvents(ctx context.Context, options EventStreamOptions) *Stream[Event] {
	inAccount := func(e Event) (place, int64) { return place{account: e.AccountId}, e.Sequence }
	rules := rules[Event]{name: "StreamEvents", place: inAccount}
	open := func(ctx context.Context, conn grpc.ClientConnInterface, token string) (func() (batch[Event], error), error) {
		request := &pb.StreamEventsRequest{
			Options: options.message(token), AccountIds: c.someAccounts(options.Account), Types: options.Types,
		}
		for account, sequence := range options.After {
			request.AfterSequences = append(request.AfterSequences, &pb.AccountSequence{AccountId: account, Sequence: sequence})
		}
		call, err := pb.NewEventServiceClient(conn).StreamEvents(ctx, request)
		return receiver(call, err, (*read).eventItem), err
	}
	return newStream(ctx, c, rules, options.TokenStore, open)
}

func (r *read) eventItem(m *pb.StreamEventsItem) wireItem[Event] {
	switch item := m.Item.(type) {
	case *pb.StreamEventsItem_Event:
		return wireItem[Event]{event: &Event{item.Event}}
	case *pb.StreamEventsItem_Control:
		return wireItem[Event]{control: item.Control}
	}
	return wireItem[Event]{}
}

// response is a batch of any stream.
type response[I any] interface {
	GetItems() []I
	GetResumeToken() string
}

// receiver reads the batches of a call.
func receiver[R any, P interface {
	*R
	response[I]
}, I, E any](call grpc.ServerStreamingClient[R], err error, convert func(*read, I) wireItem[E]) func() (batch[E], error) {
	if err != nil {
		return nil
	}
	return func() (batch[E], error) {
		message, err := call.Recv()
		if err != nil {
			return batch[E]{}, err
		}
		response := P(message)
		result := batch[E]{token: response.GetResumeToken()}
		var r read
		for _, item := range response.GetItems() {
			result.items = append(result.items, convert(&r, item))
		}
		if r.err != nil {
			return batch[E]{}, unreadable{r.err}
		}
		return result, nil
	}
}
