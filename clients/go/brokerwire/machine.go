package brokerwire

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const (
	defaultHeartbeat = 15 * time.Second
	// patienceHalves is twice the heartbeats that may be missing before the connection is given up: 2.5.
	patienceHalves = 5
	// opening is the limit for the first message, which the gateway sends at once.
	opening = 10 * time.Second
)

var transientCodes = map[codes.Code]bool{
	codes.Unavailable:      true,
	codes.Internal:         true,
	codes.Canceled:         true,
	codes.Unknown:          true,
	codes.DeadlineExceeded: true,
}

// A stream that has been open goes on after these as well.
var retriedReasons = map[Reason]bool{
	ReasonSlowConsumer:      true,
	ReasonStreamLimit:       true,
	ReasonGatewayOverloaded: true,
}

// place is what a sequence counts within.
type place struct{ account, symbol string }

// batch is one message of a connection, whatever its stream.
type batch[E any] struct {
	items []wireItem[E]
	token string
}

// wireItem is one item of a batch: at most one of its fields is set; none for a kind that is newer than this package.
type wireItem[E any] struct {
	event    *E
	snapshot Item
	control  *pb.StreamControl
}

// rules are what the kinds of streams differ in.
type rules[E any] struct {
	name string
	// place tells where an event stands.
	place func(E) (place, int64)
	// repeats: events of one sequence may come twice with news, absolute states valued anew.
	repeats bool
}

// machine is a resumable stream free of any I/O: batches and failures in, items and decisions out. It is the state of
// one stream over all its connections.
type machine[E Item] struct {
	rules rules[E]
	// ready are items received and not taken yet.
	ready []Item
	// token is where to resume once all that is ready has been taken.
	token string
	// opened tells whether the present connection has said hello.
	opened bool

	heartbeat     time.Duration
	goodbye       *Goodbye
	backoff       backoff
	connections   int
	batches       int
	beganSnapshot bool
	seen          map[place]int64
}

func newMachine[E Item](rules rules[E]) *machine[E] {
	return &machine[E]{rules: rules, heartbeat: defaultHeartbeat, seen: map[place]int64{}}
}

// connecting begins the next connection.
func (m *machine[E]) connecting() {
	m.opened, m.goodbye, m.batches = false, nil, 0
}

// silence is the time without any message after which the connection is dead, whatever the transport says.
func (m *machine[E]) silence() time.Duration {
	if m.opened {
		return m.heartbeat * patienceHalves / 2
	}
	return opening
}

// feed takes one message of the connection.
func (m *machine[E]) feed(b batch[E]) {
	m.batches++
	for _, item := range b.items {
		switch {
		case item.control != nil:
			m.control(item.control)
		case item.snapshot != nil:
			m.beginSnapshot()
			m.ready = append(m.ready, item.snapshot)
		case item.event != nil:
			m.event(*item.event)
		}
	}
	if b.token != "" {
		m.token = b.token
	}
	if m.batches > 1 { // a gateway that falls after its first message has not come back
		m.backoff.reset()
	}
}

func (m *machine[E]) event(event E) {
	at, sequence := m.rules.place(event)
	last := m.seen[at]
	if sequence < last || (sequence == last && !m.rules.repeats) {
		return
	}
	m.seen[at] = sequence
	m.ready = append(m.ready, event)
}

func (m *machine[E]) control(message *pb.StreamControl) {
	switch control := readControl(message).(type) {
	case nil: // of a kind that is newer than this package
	case Opened:
		m.open(control)
	case Reset:
		clear(m.seen)
		m.beganSnapshot = false
		m.ready = append(m.ready, control)
	case SnapshotEnd:
		m.beginSnapshot()
		m.ready = append(m.ready, control)
	case Goodbye:
		m.goodbye = &control
		m.ready = append(m.ready, control)
	default:
		m.ready = append(m.ready, control)
	}
}

func (m *machine[E]) open(opened Opened) {
	if opened.Mode != pb.StreamMode_STREAM_MODE_RESUMED { // otherwise a snapshot that was cut goes on
		m.beganSnapshot = false
	}
	if m.connections > 0 && m.token == "" {
		clear(m.seen)
		m.ready = append(m.ready, Reset{})
	}
	m.connections++
	m.opened = true
	if opened.Heartbeat > 0 {
		m.heartbeat = opened.Heartbeat
	}
	m.ready = append(m.ready, opened)
}

func (m *machine[E]) beginSnapshot() {
	if !m.beganSnapshot {
		m.beganSnapshot = true
		m.ready = append(m.ready, SnapshotBegin{})
	}
}

// muted: the connection was silent for too long. It returns the time to wait before the next.
func (m *machine[E]) muted() time.Duration {
	return m.lost(newError(codes.Unavailable, "", "the stream went silent"))
}

// ended: the gateway ended the connection with OK. It returns the time to wait before the next.
func (m *machine[E]) ended() time.Duration {
	switch {
	case m.goodbye == nil:
		return m.lost(newError(codes.Unavailable, "", "the stream ended without a goodbye"))
	case m.goodbye.ReconnectAfter > 0:
		return jittered(2 * m.goodbye.ReconnectAfter)
	}
	return m.backoff.delay()
}

// failed: the connection failed. It returns the time to wait before the next, or the error, when another connection
// would not help.
func (m *machine[E]) failed(err *Error) (time.Duration, error) {
	transient := transientCodes[err.Code] && err.Reason != ReasonSequenceNotYetAvailable
	if !transient && (!retriedReasons[err.Reason] || m.connections == 0) {
		return 0, err
	}
	return m.lost(err), nil
}

func (m *machine[E]) lost(err *Error) time.Duration {
	delay := max(m.backoff.delay(), err.RetryAfter)
	m.ready = append(m.ready, Disconnected{err, delay})
	return delay
}

// gap is the error for a reader of events alone, to whom a Reset means that events were lost.
func (m *machine[E]) gap(reset Reset) error {
	message := fmt.Sprintf("%s could not go on where it was (%s): read what you need anew; the stream goes on, and Items "+
		"would have delivered a snapshot", m.rules.name, Name(reset.Cause))
	return newError(codes.OutOfRange, ReasonResumeTokenExpired, message)
}
