package brokerwire

import (
	"context"
	"errors"
	"io"
	"iter"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
)

const (
	// readAhead is how many messages are read before the consumer asks for them, the one that waits for room included.
	readAhead = 2
	// grace is what a consumer that was away gets to be handed what has arrived meanwhile.
	grace = 200 * time.Millisecond
)

// connectFunc opens one connection of a stream and returns what receives its messages.
type connectFunc[E any] func(ctx context.Context, conn grpc.ClientConnInterface, token string) (func() (batch[E], error), error)

// Stream connects again and resumes by itself: every event once, in order, or a Reset that says it was impossible.
//
// Use it from one goroutine at a time; Close may be called from any. It ends when the context that it was made with is
// done, and when its client is closed.
type Stream[E Item] struct {
	machine *machine[E]
	client  *Client
	connect connectFunc[E]
	store   TokenStore

	ctx       context.Context
	cancel    context.CancelFunc
	started   bool
	saved     string
	private   *grpc.ClientConn
	reader    *reader[E]
	notBefore time.Time
	quiet     time.Time
	broken    error
}

func newStream[E Item](ctx context.Context, c *Client, rules rules[E], store TokenStore, connect connectFunc[E]) *Stream[E] {
	s := &Stream[E]{machine: newMachine(rules), client: c, connect: connect, store: store}
	s.ctx, s.cancel = context.WithCancel(ctx)
	forget := context.AfterFunc(c.closed, s.cancel)
	context.AfterFunc(s.ctx, func() { forget() })
	return s
}

// Items gives events, snapshots and what the stream says about itself, in order. An error is the last of the loop:
// another connection would not help, or ctx is done. After ctx was done, another loop goes on where this one was.
func (s *Stream[E]) Items(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			item, err := s.Next(ctx)
			if errors.Is(err, io.EOF) || !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// Events gives events alone. An error that is ErrStreamGap means that events were lost to this reader; the loop goes
// on after it. Any other error is the last.
func (s *Stream[E]) Events(ctx context.Context) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for item, err := range s.Items(ctx) {
			var event E
			switch item := item.(type) {
			case Reset:
				err = s.machine.gap(item)
			case E:
				event = item
			default:
				if err == nil {
					continue
				}
			}
			if !yield(event, err) {
				return
			}
		}
	}
}

// Next waits for one item. io.EOF: the stream is closed. The error of ctx loses nothing: ask again. Any other error is
// the end of the stream.
func (s *Stream[E]) Next(ctx context.Context) (Item, error) {
	for len(s.machine.ready) == 0 {
		if s.broken != nil {
			return nil, s.broken
		}
		if s.ctx.Err() != nil {
			return nil, s.over()
		}
		err := s.commit(ctx)
		if err == nil {
			err = s.receive(ctx)
		}
		if err != nil && ctx.Err() == nil && s.ctx.Err() == nil {
			s.broken = err
			s.Close()
		} else if err != nil && s.ctx.Err() == nil {
			return nil, ctx.Err()
		}
	}
	item := s.machine.ready[0]
	s.machine.ready = s.machine.ready[1:]
	return item, nil
}

// over is the end of a stream that was closed.
func (s *Stream[E]) over() error {
	s.hangUp()
	return io.EOF
}

// Token is where another stream could go on. It moves when all items received have been taken and more are asked for.
func (s *Stream[E]) Token() string { return s.saved }

// Close ends the stream. A goroutine that waits for an item gets io.EOF.
func (s *Stream[E]) Close() { s.cancel() }

// commit keeps the token: all that was received has been processed, or its consumer would not ask for more.
func (s *Stream[E]) commit(ctx context.Context) error {
	if s.machine.token == s.saved {
		return nil
	}
	if s.store != nil {
		if err := s.store.Save(ctx, s.machine.token); err != nil {
			return err
		}
	}
	s.saved = s.machine.token
	return nil
}

// receive takes one message, or the end of the connection.
func (s *Stream[E]) receive(ctx context.Context) error {
	if s.reader == nil {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	silent := time.NewTimer(s.patience())
	defer silent.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-silent.C:
		return s.silent()
	case got := <-s.reader.arrived:
		s.quiet = time.Now()
		if got.err == nil {
			s.machine.feed(got.batch)
			return nil
		}
		return s.ended(got.err)
	}
}

// patience is the time that the connection may stay silent from now on.
func (s *Stream[E]) patience() time.Duration {
	return max(grace, time.Until(s.lastSign().Add(s.machine.silence())))
}

func (s *Stream[E]) lastSign() time.Time {
	if arrived := s.reader.last(); arrived.After(s.quiet) {
		return arrived
	}
	return s.quiet
}

// silent leaves a silent connection. Its channel may be dead without knowing, so the next has its own.
func (s *Stream[E]) silent() error {
	if time.Since(s.lastSign()) < s.machine.silence() {
		return nil // the consumer was away, the connection was not
	}
	s.hangUp()
	private, err := s.client.target.dial()
	if err != nil {
		return err
	}
	context.AfterFunc(s.ctx, func() { _ = private.Close() })
	s.private = private
	s.notBefore = time.Now().Add(s.machine.muted())
	return nil
}

func (s *Stream[E]) open(ctx context.Context) error {
	if err := s.rest(ctx); err != nil {
		return err
	}
	if !s.started && s.store != nil {
		token, err := s.store.Load(ctx)
		if err != nil {
			return err
		}
		s.machine.token, s.saved = token, token
	}
	s.started = true
	var conn grpc.ClientConnInterface = s.client.conn
	if s.private != nil {
		conn = s.private
	}
	s.machine.connecting()
	s.reader = newReader(s.ctx, conn, s.machine.token, s.connect)
	s.quiet = time.Now()
	return nil
}

// rest waits until the next connection may be opened.
func (s *Stream[E]) rest(ctx context.Context) error {
	timer := time.NewTimer(time.Until(s.notBefore))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

func (s *Stream[E]) ended(err error) error {
	s.reader.cancel()
	s.reader = nil
	if s.ctx.Err() != nil {
		return s.ctx.Err()
	}
	delay, err := s.verdict(err)
	s.notBefore = time.Now().Add(delay)
	return err
}

// verdict is the time to wait before the next connection, or the error that ends the stream.
func (s *Stream[E]) verdict(err error) (time.Duration, error) {
	var bad unreadable
	switch {
	case errors.Is(err, io.EOF):
		return s.machine.ended(), nil
	case errors.As(err, &bad):
		return 0, bad.error
	}
	return s.machine.failed(fromStatus(err, false, "", s.client.target.address))
}

func (s *Stream[E]) hangUp() {
	if s.reader != nil {
		s.reader.cancel()
		s.reader = nil
	}
	if s.private != nil {
		_ = s.private.Close()
		s.private = nil
	}
}

// reader reads one connection in a goroutine, a little ahead, so that its consumer can wait for several things.
type reader[E any] struct {
	arrived chan arrival[E]
	cancel  context.CancelFunc
	latest  atomic.Int64
}

// arrival is a message, or the end of the connection: io.EOF if it ended with OK.
type arrival[E any] struct {
	batch batch[E]
	err   error
}

func newReader[E any](parent context.Context, conn grpc.ClientConnInterface, token string, connect connectFunc[E]) *reader[E] {
	ctx, cancel := context.WithCancel(parent)
	r := &reader[E]{arrived: make(chan arrival[E], readAhead-1), cancel: cancel}
	go r.run(ctx, func() (func() (batch[E], error), error) { return connect(ctx, conn, token) })
	return r
}

func (r *reader[E]) last() time.Time { return time.Unix(0, r.latest.Load()) }

func (r *reader[E]) run(ctx context.Context, connect func() (func() (batch[E], error), error)) {
	receive, err := connect()
	for err == nil {
		var got batch[E]
		if got, err = receive(); err == nil && !r.put(ctx, arrival[E]{batch: got}) {
			return
		}
	}
	r.put(ctx, arrival[E]{err: err})
}

func (r *reader[E]) put(ctx context.Context, got arrival[E]) bool {
	r.latest.Store(time.Now().UnixNano())
	select {
	case r.arrived <- got:
		return true
	case <-ctx.Done():
		return false
	}
}

// unreadable is an answer that the contract does not allow. Going on would leave a gap.
type unreadable struct{ error }
