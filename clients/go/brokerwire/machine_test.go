package brokerwire

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

func orderMachine() *machine[OrderEvent] {
	return newMachine(rules[OrderEvent]{name: "StreamOrders", place: func(e OrderEvent) (place, int64) {
		return place{account: e.AccountID}, e.Sequence
	}})
}

func happened(sequence int64) wireItem[OrderEvent] {
	return wireItem[OrderEvent]{event: &OrderEvent{AccountID: "a", Sequence: sequence}}
}

func said(m *pb.StreamControl) wireItem[OrderEvent] { return wireItem[OrderEvent]{control: m} }

func hello(mode StreamMode) wireItem[OrderEvent] {
	return said(&pb.StreamControl{Control: &pb.StreamControl_Opened{Opened: &pb.StreamOpened{
		Mode: mode, HeartbeatInterval: durationpb.New(4 * time.Second),
	}}})
}

var (
	resumed = hello(pb.StreamMode_STREAM_MODE_RESUMED)
	afresh  = hello(pb.StreamMode_STREAM_MODE_SNAPSHOT)
	ending  = said(&pb.StreamControl{Control: &pb.StreamControl_SnapshotEnd{SnapshotEnd: &pb.SnapshotEnd{}}})
	state   = wireItem[OrderEvent]{snapshot: Snapshot[Order]{}}
	restart = said(&pb.StreamControl{Control: &pb.StreamControl_Reset_{Reset_: &pb.StreamReset{
		Cause: pb.StreamResetCause_STREAM_RESET_CAUSE_COMPACTED,
	}}})
)

func feed(m *machine[OrderEvent], token string, items ...wireItem[OrderEvent]) {
	m.feed(batch[OrderEvent]{items: items, token: token})
}

// taken empties the machine and gives the kinds of items, events with their sequence.
func taken(m *machine[OrderEvent]) []string {
	var kinds []string
	for _, item := range m.ready {
		switch item := item.(type) {
		case OrderEvent:
			kinds = append(kinds, fmt.Sprint(item.Sequence))
		case Snapshot[Order]:
			kinds = append(kinds, "Snapshot")
		default:
			kinds = append(kinds, fmt.Sprintf("%T", item)[len("brokerwire."):])
		}
	}
	m.ready = nil
	return kinds
}

func expect(t *testing.T, m *machine[OrderEvent], kinds ...string) {
	t.Helper()
	if got := taken(m); !slices.Equal(got, kinds) {
		t.Errorf("got %v, expected %v", got, kinds)
	}
}

func TestEventsThatCameBeforeADisconnectAreNotRepeatedAfterIt(t *testing.T) {
	m := orderMachine()
	m.connecting()
	feed(m, "t0", afresh, ending)
	feed(m, "t2", happened(1), happened(2))
	m.muted()
	m.connecting()
	feed(m, "", resumed)
	feed(m, "t3", happened(2), happened(3))
	expect(t, m, "Opened", "SnapshotBegin", "SnapshotEnd", "1", "2", "Disconnected", "Opened", "3")
	if m.token != "t3" {
		t.Errorf("the token is %q", m.token)
	}
}

func TestABatchWithoutATokenLeavesTheFormerOne(t *testing.T) {
	m := orderMachine()
	feed(m, "t1", happened(1))
	feed(m, "", happened(2))
	if m.token != "t1" {
		t.Errorf("the token is %q", m.token)
	}
}

func TestASnapshotThatWasCutBeginsAgainAfterAReset(t *testing.T) {
	m := orderMachine()
	m.connecting()
	feed(m, "", afresh, state)
	m.muted()
	m.connecting()
	feed(m, "t1", afresh, state, ending)
	expect(t, m, "Opened", "SnapshotBegin", "Snapshot", "Disconnected", "Reset", "Opened", "SnapshotBegin", "Snapshot",
		"SnapshotEnd")
}

func TestAResetForgetsWhatWasSeen(t *testing.T) {
	m := orderMachine()
	m.connecting()
	feed(m, "t9", resumed, happened(9))
	feed(m, "t1", restart, ending, happened(1))
	expect(t, m, "Opened", "9", "Reset", "SnapshotBegin", "SnapshotEnd", "1")
}

func TestStatesValuedAnewMayRepeatTheirSequenceButNotGoBack(t *testing.T) {
	m := orderMachine()
	m.rules.repeats = true
	feed(m, "t", happened(2), happened(2), happened(1), happened(3))
	expect(t, m, "2", "2", "3")
}

func TestSequencesCountWithinTheirAccount(t *testing.T) {
	m := orderMachine()
	other := wireItem[OrderEvent]{event: &OrderEvent{AccountID: "b", Sequence: 1}}
	feed(m, "t", happened(2), other)
	expect(t, m, "2", "1")
}

func TestItemsAndControlsOfNewKindsAreSkipped(t *testing.T) {
	m := orderMachine()
	feed(m, "t", said(&pb.StreamControl{}), wireItem[OrderEvent]{}, happened(1))
	expect(t, m, "1")
}

func TestSilenceIsMeasuredInHeartbeatsOnceTheStreamIsOpen(t *testing.T) {
	m := orderMachine()
	m.connecting()
	if m.silence() != 10*time.Second {
		t.Errorf("before the first message: %v", m.silence())
	}
	feed(m, "t", resumed)
	if m.silence() != 10*time.Second { // 2.5 times 4 s
		t.Errorf("after it: %v", m.silence())
	}
	m.heartbeat = time.Second
	if m.silence() != 2500*time.Millisecond {
		t.Errorf("at one second: %v", m.silence())
	}
}

func TestAfterAGoodbyeTheStreamWaitsAsLongAsItWasTold(t *testing.T) {
	m := orderMachine()
	m.connecting()
	feed(m, "t", resumed, said(&pb.StreamControl{Control: &pb.StreamControl_Goodbye{Goodbye: &pb.Goodbye{
		ReconnectAfter: durationpb.New(3 * time.Second),
	}}}))
	if wait := m.ended(); wait < 3*time.Second || wait > 6*time.Second {
		t.Errorf("it waits %v", wait)
	}
	expect(t, m, "Opened", "Goodbye")
	m.connecting()
	m.ended()
	expect(t, m, "Disconnected")
}

func TestOnlyTransientFailuresAreSurvived(t *testing.T) {
	for _, c := range []struct {
		code     codes.Code
		reason   Reason
		opened   bool
		survived bool
	}{
		{codes.Unavailable, "", false, true},
		{codes.Internal, "", false, true},
		{codes.Canceled, "", false, true},
		{codes.Unknown, "", false, true},
		{codes.DeadlineExceeded, "", false, true},
		{codes.Unavailable, ReasonGatewayDraining, true, true},
		{codes.OutOfRange, ReasonSequenceNotYetAvailable, true, false},
		{codes.OutOfRange, ReasonResumeTokenExpired, true, false},
		{codes.ResourceExhausted, ReasonSlowConsumer, true, true},
		{codes.ResourceExhausted, ReasonStreamLimit, false, false},
		{codes.ResourceExhausted, ReasonGatewayOverloaded, true, true},
		{codes.ResourceExhausted, ReasonMessageTooLarge, true, false},
		{codes.Unauthenticated, "", true, false},
		{codes.InvalidArgument, ReasonInvalidResumeToken, true, false},
	} {
		m := orderMachine()
		if c.opened {
			feed(m, "t", resumed)
		}
		if _, err := m.failed(newError(c.code, c.reason, "")); (err == nil) != c.survived {
			t.Errorf("%v %v, opened %v: %v", c.code, c.reason, c.opened, err)
		}
	}
}

func TestTheGatewaysWaitIsHonoured(t *testing.T) {
	m := orderMachine()
	failure := newError(codes.Unavailable, ReasonGatewayDraining, "")
	failure.RetryAfter = time.Minute
	if wait, _ := m.failed(failure); wait != time.Minute {
		t.Errorf("it waits %v", wait)
	}
}

func TestBackOffGrowsUntilAConnectionHasProvedItself(t *testing.T) {
	m := orderMachine()
	for range 10 {
		m.muted()
	}
	if wait := m.muted(); wait < longestDelay/2 || wait > longestDelay {
		t.Errorf("after many failures it waits %v", wait)
	}
	m.connecting()
	feed(m, "t", resumed)
	if wait := m.muted(); wait < longestDelay/2 {
		t.Errorf("a hello alone made it wait only %v", wait)
	}
	m.connecting()
	feed(m, "t", resumed)
	feed(m, "t", happened(1))
	if wait := m.muted(); wait > firstDelay {
		t.Errorf("after a connection that worked it waits %v", wait)
	}
}
