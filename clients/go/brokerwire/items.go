package brokerwire

import (
	"time"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// Item is what a stream delivers, for a type switch: an event (OrderEvent, PositionEvent, Event), a Snapshot, or one
// of Opened, SnapshotBegin, SnapshotEnd, Heartbeat, CaughtUp, FellBehind, SourceGap, Reset, SlowWarning, Goodbye and
// Disconnected.
type Item interface{ item() }

type (
	// Snapshot is the state of one thing, between SnapshotBegin and SnapshotEnd.
	Snapshot[S any] struct{ Value S }

	// SnapshotBegin: a snapshot follows. Collect it beside what you hold; an earlier one that was cut off is void.
	SnapshotBegin struct{}

	// SnapshotEnd: the snapshot is complete. Swap what you hold for it now.
	SnapshotEnd struct{ ItemCount int64 }

	// Opened: a connection of the stream is up, the first or a later one.
	Opened struct {
		StreamID     string
		JournalEpoch string
		Mode         StreamMode
		Heartbeat    time.Duration
		Accounts     []*pb.AccountSync
		Unreachable  []string
	}

	// Heartbeat: nothing happened; so fresh is the gateway's picture.
	Heartbeat struct{ Accounts []*pb.AccountSync }

	// CaughtUp: everything so far has been delivered; live from here on.
	CaughtUp struct{}

	// FellBehind: this reader is slow. Nothing is lost; CaughtUp ends it.
	FellBehind struct{ PendingCount int64 }

	// SourceGap: the feed from a broker had a gap, which is opened, reconciled or unrecoverable.
	SourceGap struct {
		AccountID string
		Phase     SourceGapPhase
		From, To  time.Time
		Recovered int64
		Detail    string
	}

	// Reset: the stream starts over. Discard what you hold, a snapshot follows. An unspecified Cause means that the
	// connection broke before the stream had a token to resume by.
	Reset struct{ Cause ResetCause }

	// SlowWarning: this reader is close to its limit.
	SlowWarning struct{ QueuedCount, LimitCount int64 }

	// Goodbye: the gateway ended the connection in good order; the stream connects again by itself.
	Goodbye struct {
		Reason         string
		ReconnectAfter time.Duration
	}

	// Disconnected: the connection is gone; the stream connects again by itself.
	Disconnected struct {
		Err     *Error
		RetryIn time.Duration
	}
)

func (OrderEvent) item()    {}
func (PositionEvent) item() {}
func (Event) item()         {}
func (Snapshot[S]) item()   {}
func (SnapshotBegin) item() {}
func (SnapshotEnd) item()   {}
func (Opened) item()        {}
func (Heartbeat) item()     {}
func (CaughtUp) item()      {}
func (FellBehind) item()    {}
func (SourceGap) item()     {}
func (Reset) item()         {}
func (SlowWarning) item()   {}
func (Goodbye) item()       {}
func (Disconnected) item()  {}

// readControl reads a control message; nil for one of a kind that this package does not know.
func readControl(m *pb.StreamControl) Item {
	switch c := m.GetControl().(type) {
	case *pb.StreamControl_Opened:
		o := c.Opened
		return Opened{
			StreamID: o.GetStreamId(), JournalEpoch: o.GetJournalEpoch(), Mode: o.GetMode(),
			Heartbeat: o.GetHeartbeatInterval().AsDuration(), Accounts: o.GetAccounts(), Unreachable: o.GetUnreachable(),
		}
	case *pb.StreamControl_SnapshotEnd:
		return SnapshotEnd{c.SnapshotEnd.GetItemCount()}
	case *pb.StreamControl_Heartbeat:
		return Heartbeat{c.Heartbeat.GetAccounts()}
	case *pb.StreamControl_CaughtUp:
		return CaughtUp{}
	case *pb.StreamControl_FellBehind:
		return FellBehind{c.FellBehind.GetPendingCount()}
	case *pb.StreamControl_SourceGap:
		g := c.SourceGap
		return SourceGap{
			AccountID: g.GetAccountId(), Phase: g.GetPhase(), From: when(g.GetFromTime()), To: when(g.GetToTime()),
			Recovered: g.GetRecoveredEventCount(), Detail: g.GetDetail(),
		}
	case *pb.StreamControl_Reset_:
		return Reset{c.Reset_.GetCause()}
	case *pb.StreamControl_SlowWarning:
		return SlowWarning{c.SlowWarning.GetQueuedCount(), c.SlowWarning.GetLimitCount()}
	case *pb.StreamControl_Goodbye:
		return Goodbye{c.Goodbye.GetReason(), c.Goodbye.GetReconnectAfter().AsDuration()}
	}
	return nil
}
