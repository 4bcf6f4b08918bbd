package brokerwire

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// The enums are the contract's own. A value that a newer gateway invents keeps its number.
type (
	Side           = pb.Side
	OrderType      = pb.OrderType
	TimeInForce    = pb.TimeInForce
	OrderClass     = pb.OrderClass
	OrderState     = pb.OrderState
	StateReason    = pb.StateReason
	OrderEventType = pb.OrderEventType
	FillKind       = pb.FillKind
	ActionOutcome  = pb.ActionOutcome
	PositionSide   = pb.PositionSide
	StreamMode     = pb.StreamMode
	ResetCause     = pb.StreamResetCause
	SourceGapPhase = pb.SourceGapPhase
	EventType      = pb.EventType
)

// What requests say, and what answers say most often. The package brokerwirev1 has all values.
const (
	Buy        = pb.Side_SIDE_BUY
	Sell       = pb.Side_SIDE_SELL
	SellShort  = pb.Side_SIDE_SELL_SHORT
	BuyToCover = pb.Side_SIDE_BUY_TO_COVER

	Market       = pb.OrderType_ORDER_TYPE_MARKET
	Limit        = pb.OrderType_ORDER_TYPE_LIMIT
	Stop         = pb.OrderType_ORDER_TYPE_STOP
	StopLimit    = pb.OrderType_ORDER_TYPE_STOP_LIMIT
	TrailingStop = pb.OrderType_ORDER_TYPE_TRAILING_STOP

	Day = pb.TimeInForce_TIME_IN_FORCE_DAY
	GTC = pb.TimeInForce_TIME_IN_FORCE_GTC
	OPG = pb.TimeInForce_TIME_IN_FORCE_OPG
	CLS = pb.TimeInForce_TIME_IN_FORCE_CLS
	IOC = pb.TimeInForce_TIME_IN_FORCE_IOC
	FOK = pb.TimeInForce_TIME_IN_FORCE_FOK

	Accepted        = pb.OrderState_ORDER_STATE_ACCEPTED
	Working         = pb.OrderState_ORDER_STATE_WORKING
	PartiallyFilled = pb.OrderState_ORDER_STATE_PARTIALLY_FILLED
	Filled          = pb.OrderState_ORDER_STATE_FILLED
	Canceled        = pb.OrderState_ORDER_STATE_CANCELED
	Rejected        = pb.OrderState_ORDER_STATE_REJECTED
	Expired         = pb.OrderState_ORDER_STATE_EXPIRED
	Replaced        = pb.OrderState_ORDER_STATE_REPLACED
	Indeterminate   = pb.OrderState_ORDER_STATE_INDETERMINATE

	Done    = pb.ActionOutcome_ACTION_OUTCOME_DONE
	Pending = pb.ActionOutcome_ACTION_OUTCOME_PENDING
	Refused = pb.ActionOutcome_ACTION_OUTCOME_REFUSED
	Unknown = pb.ActionOutcome_ACTION_OUTCOME_UNKNOWN
)

// Reason is why a call failed: the name of an ErrorReason without its prefix. New ones may appear.
type Reason string

func reasonName(reason pb.ErrorReason) Reason {
	if reason == pb.ErrorReason_ERROR_REASON_UNSPECIFIED {
		return ""
	}
	if _, known := pb.ErrorReason_name[int32(reason)]; !known {
		return Reason(fmt.Sprintf("REASON_%d", reason))
	}
	return Reason(strings.TrimPrefix(reason.String(), "ERROR_REASON_"))
}

// Name is the short name of an enum value of the contract, "partially_filled", or "unknown(77)" for one that is newer
// than this package.
func Name(value protoreflect.Enum) string {
	enum := value.Descriptor()
	known := enum.Values().ByNumber(value.Number())
	if known == nil {
		return fmt.Sprintf("unknown(%d)", value.Number())
	}
	first := string(enum.Values().ByNumber(0).Name())
	prefix := strings.TrimSuffix(first, "UNSPECIFIED")
	return strings.ToLower(strings.TrimPrefix(string(known.Name()), prefix))
}
