package brokerwire

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const errorDomain = "brokerwire.dev"

// Sent says whether anything may have reached the broker.
type Sent bool

const (
	// SentNo: nothing reached the broker. It is safe to try again.
	SentNo Sent = false
	// SentUnknown: it may have. Look the order up, or submit the same again under the same ClientOrderID.
	SentUnknown Sent = true
)

func (s Sent) String() string {
	if s == SentUnknown {
		return "unknown"
	}
	return "no"
}

// The kinds of errors, split by what a caller can do about them: errors.Is(err, brokerwire.ErrConflict).
var (
	// ErrInvalidRequest: mend the request; Violations names the fields.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrNotFound: there is no such account, order, position or instrument.
	ErrNotFound = errors.New("not found")
	// ErrConflict: something else came first. Nothing was changed: read, then decide.
	ErrConflict = errors.New("conflict")
	// ErrPrecondition: right request, wrong moment.
	ErrPrecondition = errors.New("precondition failed")
	// ErrUnsupported: this broker, or this gateway, cannot do it at all.
	ErrUnsupported = errors.New("unsupported")
	// ErrUnauthenticated: the token is missing, wrong or expired.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrPermissionDenied: the token is good and does not allow this.
	ErrPermissionDenied = errors.New("permission denied")
	// ErrOverloaded: slow down, then try again after RetryAfter.
	ErrOverloaded = errors.New("overloaded")
	// ErrUnavailable: the gateway, or the broker behind it, is away.
	ErrUnavailable = errors.New("unavailable")
	// ErrDeadlineExceeded: no answer in time. A mutation goes on nevertheless: see Sent.
	ErrDeadlineExceeded = errors.New("deadline exceeded")
	// ErrStreamGap: events were lost to this reader. Read a snapshot, then go on.
	ErrStreamGap = errors.New("stream gap")
	// ErrSessionClosed: the order session ended before the command had a result.
	ErrSessionClosed = errors.New("session closed")
	// ErrInternal: a fault of the gateway, to be reported with Metadata["error_id"].
	ErrInternal = errors.New("internal")
)

// FieldViolation says what is wrong with one field of a request.
type FieldViolation struct {
	// Field is the path within the request: "order.limit_price".
	Field       string
	Description string
}

// Error is the one error type of this package. Decide by Reason or by kind (errors.Is), never by Message.
type Error struct {
	Code codes.Code
	// Reason is the name of an ErrorReason without its prefix; empty if the answer did not come from a gateway.
	Reason  Reason
	Message string
	// Metadata holds the reason's keys, as brokerwire/v1/errors.proto documents them.
	Metadata   map[string]string
	Violations []FieldViolation
	// RetryAfter is how long to wait before trying again, where the gateway says so; else zero.
	RetryAfter time.Duration
	Sent       Sent
	// ClientOrderID is the idempotency key of the order concerned; empty where there is none.
	ClientOrderID string

	kind  error
	cause error
}

func (e *Error) Error() string {
	name := string(e.Reason)
	if name == "" {
		name = e.CodeName()
	}
	text := fmt.Sprintf("brokerwire: %s [%s]", e.Message, name)
	for _, v := range e.Violations {
		if !strings.Contains(e.Message, v.Description) {
			text += fmt.Sprintf("; %s: %s", v.Field, v.Description)
		}
	}
	if e.Sent == SentUnknown && e.ClientOrderID != "" {
		text += "; it may have been sent: look up client_order_id " + e.ClientOrderID
	}
	return text
}

// Is tells whether the error is of a kind, one of the package's Err values.
func (e *Error) Is(target error) bool {
	switch target {
	case e.kind:
		return true
	case ErrUnauthenticated:
		return e.kind == ErrPermissionDenied
	case ErrUnavailable:
		return e.kind == ErrSessionClosed
	}
	return false
}

// Unwrap gives what caused it: context.Canceled, for one.
func (e *Error) Unwrap() error { return e.cause }

// GRPCStatus makes status.FromError and status.Code work.
func (e *Error) GRPCStatus() *status.Status { return status.New(e.Code, e.Message) }

var kindByCode = map[codes.Code]error{
	codes.InvalidArgument:    ErrInvalidRequest,
	codes.OutOfRange:         ErrInvalidRequest,
	codes.NotFound:           ErrNotFound,
	codes.AlreadyExists:      ErrConflict,
	codes.Aborted:            ErrConflict,
	codes.FailedPrecondition: ErrPrecondition,
	codes.Unimplemented:      ErrUnsupported,
	codes.Unauthenticated:    ErrUnauthenticated,
	codes.PermissionDenied:   ErrPermissionDenied,
	codes.ResourceExhausted:  ErrOverloaded,
	codes.Unavailable:        ErrUnavailable,
	codes.Canceled:           ErrUnavailable,
	codes.DeadlineExceeded:   ErrDeadlineExceeded,
}

// Both are OUT_OF_RANGE, and a caller does different things about them.
var kindByReason = map[Reason]error{
	ReasonResumeTokenExpired:      ErrStreamGap,
	ReasonSequenceNotYetAvailable: ErrUnavailable,
}

// Without the gateway's word: these codes are given before a call reaches the method, the others need not be.
var refusedUnseen = map[codes.Code]bool{
	codes.InvalidArgument:  true,
	codes.NotFound:         true,
	codes.Unimplemented:    true,
	codes.Unauthenticated:  true,
	codes.PermissionDenied: true,
}

func kindOf(code codes.Code, reason Reason) error {
	if kind, ok := kindByReason[reason]; ok {
		return kind
	}
	if kind, ok := kindByCode[code]; ok {
		return kind
	}
	return ErrInternal
}

// newError makes an error of this package's own finding.
func newError(code codes.Code, reason Reason, message string) *Error {
	return &Error{Code: code, Reason: reason, Message: message, kind: kindOf(code, reason)}
}

// fromStatus is the error for a call that failed.
func fromStatus(err error, mutation bool, clientOrderID, target string) *Error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	st := status.Convert(err)
	e := &Error{Code: st.Code(), Message: st.Message(), ClientOrderID: clientOrderID, cause: err}
	fromGateway := e.readDetails(st)
	if !fromGateway && e.Code == codes.Unavailable && target != "" {
		e.Message = "cannot reach the gateway at " + target + ": " + e.Message
	}
	if mutation {
		e.Sent = sent(e.Code, e.Metadata, fromGateway)
	}
	if e.ClientOrderID == "" {
		e.ClientOrderID = e.Metadata["client_order_id"]
	}
	e.kind = kindOf(e.Code, e.Reason)
	return e
}

// readDetails takes over what the status carries, and tells whether it is a gateway's.
func (e *Error) readDetails(st *status.Status) bool {
	fromGateway := false
	for _, detail := range st.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			fromGateway = detail.Domain == errorDomain
			e.Reason, e.Metadata = Reason(detail.Reason), detail.Metadata
		case *errdetails.BadRequest:
			for _, v := range detail.FieldViolations {
				e.Violations = append(e.Violations, FieldViolation{v.Field, v.Description})
			}
		case *errdetails.RetryInfo:
			e.RetryAfter = detail.RetryDelay.AsDuration()
		}
	}
	return fromGateway
}

func sent(code codes.Code, metadata map[string]string, fromGateway bool) Sent {
	if fromGateway {
		word, given := metadata["sent"]
		return Sent(given && word != "NO")
	}
	return Sent(!refusedUnseen[code])
}

// fromCommandError is the error for one command of a batch.
func fromCommandError(e *pb.CommandError, clientOrderID string) *Error {
	code, reason := codes.Code(e.Code), reasonName(e.Reason)
	result := newError(code, reason, e.Message)
	result.Metadata = maps.Clone(e.Metadata)
	result.ClientOrderID = clientOrderID
	result.Sent = Sent(e.Sent != pb.Sent_SENT_NO)
	if e.Field != "" {
		result.Violations = []FieldViolation{{e.Field, e.Message}}
	}
	if seconds, err := strconv.ParseFloat(e.Metadata["retry_after"], 64); err == nil {
		result.RetryAfter = time.Duration(seconds * float64(time.Second))
	}
	return result
}

// concerning names the order in an error.
func concerning(clientOrderID string, err error) error {
	var e *Error
	if errors.As(err, &e) && e.ClientOrderID == "" {
		e.ClientOrderID = clientOrderID
	}
	return err
}

// CodeName is the canonical name of the code: "INVALID_ARGUMENT".
func (e *Error) CodeName() string {
	if e.Code == codes.Canceled {
		return "CANCELLED"
	}
	var name strings.Builder
	for i, r := range e.Code.String() {
		if i > 0 && r >= 'A' && r <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(r)
	}
	return strings.ToUpper(name.String())
}
