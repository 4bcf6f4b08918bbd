package brokerwire

import (
	"errors"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

func gatewayError(t *testing.T, code codes.Code, reason Reason, metadata map[string]string) error {
	t.Helper()
	st, err := status.New(code, "no").WithDetails(
		&errdetails.ErrorInfo{Reason: string(reason), Domain: errorDomain, Metadata: metadata},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "order.quantity", Description: "too small"}}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(3 * time.Second)},
	)
	if err != nil {
		t.Fatal(err)
	}
	return st.Err()
}

func TestTheDetailsOfAStatusAreTakenOver(t *testing.T) {
	err := gatewayError(t, codes.FailedPrecondition, "FROM_THE_FUTURE", map[string]string{"client_order_id": "c-1"})
	e := fromStatus(err, true, "", "")
	if e.Reason != "FROM_THE_FUTURE" || e.RetryAfter != 3*time.Second || e.ClientOrderID != "c-1" || e.Sent != SentNo {
		t.Errorf("%+v", e)
	}
	if len(e.Violations) != 1 || e.Violations[0].Field != "order.quantity" || !errors.Is(e, ErrPrecondition) {
		t.Errorf("%+v", e)
	}
	if status.Code(e) != codes.FailedPrecondition {
		t.Error("grpc does not know its code")
	}
}

func TestSentIsUnknownUnlessItIsProvenThatNothingWas(t *testing.T) {
	for _, c := range []struct {
		err      error
		mutation bool
		sent     Sent
	}{
		{gatewayError(t, codes.Unavailable, ReasonBrokerUnavailable, nil), true, SentNo},
		{gatewayError(t, codes.Unavailable, ReasonJournalUnavailable, map[string]string{"sent": "UNKNOWN"}), true, SentUnknown},
		{gatewayError(t, codes.Unavailable, ReasonJournalUnavailable, map[string]string{"sent": "LATER"}), true, SentUnknown},
		{status.Error(codes.Unavailable, ""), true, SentUnknown},
		{status.Error(codes.Unavailable, ""), false, SentNo},
		{status.Error(codes.DeadlineExceeded, ""), true, SentUnknown},
		{status.Error(codes.Unauthenticated, ""), true, SentNo},
		{status.Error(codes.Unimplemented, ""), true, SentNo},
	} {
		if e := fromStatus(c.err, c.mutation, "", ""); e.Sent != c.sent {
			t.Errorf("%v, mutation %v: %v", c.err, c.mutation, e.Sent)
		}
	}
}

func TestKindsFollowFromReasonThenCode(t *testing.T) {
	for _, c := range []struct {
		code   codes.Code
		reason Reason
		kind   error
	}{
		{codes.OutOfRange, ReasonResumeTokenExpired, ErrStreamGap},
		{codes.OutOfRange, ReasonSequenceNotYetAvailable, ErrUnavailable},
		{codes.OutOfRange, "", ErrInvalidRequest},
		{codes.AlreadyExists, ReasonClientOrderIdConflict, ErrConflict},
		{codes.Aborted, ReasonVersionMismatch, ErrConflict},
		{codes.PermissionDenied, "", ErrUnauthenticated},
		{codes.PermissionDenied, "", ErrPermissionDenied},
		{codes.DataLoss, "", ErrInternal},
	} {
		if e := newError(c.code, c.reason, ""); !errors.Is(e, c.kind) {
			t.Errorf("%v %v is no %v", c.code, c.reason, c.kind)
		}
	}
}

func TestACommandsErrorIsReadAsThatOfACall(t *testing.T) {
	e := fromCommandError(&pb.CommandError{
		Code: int32(codes.ResourceExhausted), Reason: pb.ErrorReason_ERROR_REASON_BROKER_RATE_LIMIT, Field: "f",
		Metadata: map[string]string{"retry_after": "1.5"},
	}, "c-1")
	if e.Reason != ReasonBrokerRateLimit || e.RetryAfter != 1500*time.Millisecond || e.ClientOrderID != "c-1" {
		t.Errorf("%+v", e)
	}
	if e.Sent != SentUnknown || !errors.Is(e, ErrOverloaded) {
		t.Errorf("what is not said must be taken for unknown: %+v", e)
	}
	if newer := fromCommandError(&pb.CommandError{Reason: 999}, ""); newer.Reason != "REASON_999" {
		t.Errorf("%+v", newer)
	}
}

func TestTheTextSaysWhatToDo(t *testing.T) {
	e := fromStatus(status.Error(codes.Unavailable, "refused"), true, "c-1", "host:1")
	for _, part := range []string{"host:1", "UNAVAILABLE", "look up client_order_id c-1"} {
		if !strings.Contains(e.Error(), part) {
			t.Errorf("no %q in %q", part, e.Error())
		}
	}
	if (&Error{Code: codes.Canceled}).CodeName() != "CANCELLED" {
		t.Error("the contract's name of the code is CANCELLED")
	}
}
