package brokerwire

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const (
	// commandBatch is the most commands in one message, by the contract.
	commandBatch = 1000
	// hangUp is what the gateway gets to end a session in good order.
	hangUp = time.Second
)

// OrderSession is the fast door for many orders: commands go out in batches, and each method returns at once. The
// rules are those of the client's methods of the same names.
//
// When the connection breaks, a command without a result fails with ErrSessionClosed and SentUnknown: open another
// session and submit the same content with the same ClientOrderID.
type OrderSession struct {
	client *Client
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{}
	done   chan struct{}

	mu      sync.Mutex
	outbox  []*pb.OrderCommand
	waiting map[int64]*command
	lastID  int64
	closing bool
	over    *Error
}

// command is one that waits for its result; nil when the session ended without one.
type command struct {
	clientOrderID string
	settle        func(*pb.OrderResult, *Error)
}

// Result is what a command will have come to.
type Result[T any] struct {
	// ClientOrderID is the idempotency key of the command; for a cancel, the order's if it was named by it.
	ClientOrderID string

	ready chan struct{}
	value T
	err   error
}

// Wait waits for the result. The error of ctx leaves the command as it is: wait again.
func (r *Result[T]) Wait(ctx context.Context) (T, error) {
	select {
	case <-r.ready:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Session opens an order session. It ends with Close, or when ctx is done.
func (c *Client) Session(ctx context.Context) (*OrderSession, error) {
	s := &OrderSession{
		client: c, wake: make(chan struct{}, 1), done: make(chan struct{}), waiting: map[int64]*command{},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	forget := context.AfterFunc(c.closed, s.cancel)
	context.AfterFunc(s.ctx, func() { forget() })
	call, err := c.orders.OrderSession(s.ctx)
	if err != nil {
		s.cancel()
		return nil, fromStatus(err, false, "", c.target.address)
	}
	go s.send(call)
	go s.receive(call)
	return s, nil
}

// Submit submits an order, as Client.Submit does.
func (s *OrderSession) Submit(request OrderRequest) *Result[Order] {
	order, err := s.client.orderMessage(s.ctx, &request)
	return put(s, request.ClientOrderID, err, &pb.OrderCommand{Command: &pb.OrderCommand_Submit{Submit: order}},
		func(r *pb.OrderResult) (Order, error) { return readSubmitted(r.GetSubmit()) })
}

// Replace changes an open order, as Client.Replace does.
func (s *OrderSession) Replace(key OrderKey, request ReplaceRequest) *Result[Replacement] {
	m, err := s.client.replaceMessage(s.ctx, key, &request)
	return put(s, request.NewClientOrderID, err, &pb.OrderCommand{Command: &pb.OrderCommand_Replace{Replace: m}},
		func(r *pb.OrderResult) (Replacement, error) { return readReplaced(r.GetReplace()) })
}

// Cancel cancels an open order, as Client.Cancel does.
func (s *OrderSession) Cancel(key OrderKey) *Result[Cancellation] {
	m, err := s.client.cancelMessage(s.ctx, key)
	return put(s, key.ClientOrderID, err, &pb.OrderCommand{Command: &pb.OrderCommand_Cancel{Cancel: m}},
		func(r *pb.OrderResult) (Cancellation, error) { return readCanceled(r.GetCancel()) })
}

// Close waits for the results that are due, until ctx is done at the latest, and ends the session.
func (s *OrderSession) Close(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.nudge()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	s.cancel()
	<-s.done
}

func put[T any](s *OrderSession, key string, err error, m *pb.OrderCommand, parse func(*pb.OrderResult) (T, error)) *Result[T] {
	result := &Result[T]{ClientOrderID: key, ready: make(chan struct{})}
	if err == nil {
		s.client.target.sign(m)
		err = s.enqueue(m, &command{key, func(answer *pb.OrderResult, lost *Error) {
			result.value, result.err = settle(key, answer, lost, parse)
			close(result.ready)
		}})
	}
	if err != nil {
		result.err = concerning(key, err)
		close(result.ready)
	}
	return result
}

func settle[T any](key string, answer *pb.OrderResult, lost *Error, parse func(*pb.OrderResult) (T, error)) (T, error) {
	var none T
	switch {
	case lost != nil:
		return none, lost
	case answer.GetError() != nil:
		return none, fromCommandError(answer.GetError(), key)
	}
	value, err := parse(answer)
	return value, concerning(key, err)
}

func (s *OrderSession) enqueue(m *pb.OrderCommand, c *command) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil || s.closing {
		why := "it was closed"
		if s.over != nil {
			why = s.over.Message
		}
		return sessionClosed("the session is over: "+why, SentNo, c.clientOrderID)
	}
	s.lastID++
	m.CommandId = s.lastID
	s.waiting[s.lastID] = c
	s.outbox = append(s.outbox, m)
	s.nudge()
	return nil
}

func (s *OrderSession) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// sessionCall is the part of the generated call that a session needs.
type sessionCall interface {
	Send(*pb.OrderSessionRequest) error
	Recv() (*pb.OrderSessionResponse, error)
	CloseSend() error
}

func (s *OrderSession) send(call sessionCall) {
	for {
		select {
		case <-s.wake:
		case <-s.ctx.Done():
			return
		}
		for commands := s.take(); len(commands) > 0; commands = s.take() {
			if call.Send(&pb.OrderSessionRequest{Commands: commands}) != nil {
				return // the receiver learns why
			}
		}
		if s.finished() {
			_ = call.CloseSend()
			time.AfterFunc(hangUp, s.cancel)
			return
		}
	}
}

// take is the next batch of commands to send.
func (s *OrderSession) take() []*pb.OrderCommand {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := min(len(s.outbox), commandBatch)
	commands := s.outbox[:n]
	s.outbox = s.outbox[n:]
	return commands
}

// finished tells whether the session was closed and every command has its result.
func (s *OrderSession) finished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing && len(s.waiting) == 0
}

func (s *OrderSession) receive(call sessionCall) {
	defer close(s.done)
	for {
		response, err := call.Recv()
		if err != nil {
			s.end(err)
			s.cancel()
			return
		}
		for _, result := range response.Results {
			s.mu.Lock()
			waiting := s.waiting[result.CommandId]
			delete(s.waiting, result.CommandId)
			s.mu.Unlock()
			if waiting != nil {
				waiting.settle(result, nil)
			}
		}
		if goodbye := response.GetControl().GetGoodbye(); goodbye != nil {
			s.refuse(goodbye.Reason)
		}
		s.nudge()
	}
}

// refuse takes no more commands.
func (s *OrderSession) refuse(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = sessionClosed(why, SentNo, "")
	}
}

// end: the stream is over. Commands without a result may have been carried out.
func (s *OrderSession) end(err error) {
	why := "it was closed"
	if !errors.Is(err, io.EOF) {
		why = fromStatus(err, true, "", s.client.target.address).Message
	}
	s.refuse(why)
	s.mu.Lock()
	waiting := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	for _, c := range waiting {
		c.settle(nil, sessionClosed("the session ended before the result: "+why, SentUnknown, c.clientOrderID))
	}
}

func sessionClosed(message string, sent Sent, clientOrderID string) *Error {
	return &Error{
		Code: codes.Unavailable, Message: message, Sent: sent, ClientOrderID: clientOrderID, kind: ErrSessionClosed,
	}
}
