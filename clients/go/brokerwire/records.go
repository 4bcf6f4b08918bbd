package brokerwire

import (
	"time"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// Order is one logical order, as the gateway knows it. Quantities are in units, prices per unit. A NullDecimal that is
// not Valid means that there is none, or that the broker does not say.
type Order struct {
	OrderID   string
	AccountID string
	// ClientOrderID is the caller's id and the idempotency key. Empty for an adopted order that has none.
	ClientOrderID string
	// Version rises by one with every change of the order.
	Version int64
	// Sequence is the account's journal sequence of the last change.
	Sequence int64
	State    OrderState
	// Terminal tells whether it is over. Decide by this, not by a list of states.
	Terminal bool
	// Symbol is empty for a multi-leg order.
	Symbol      string
	Side        Side
	Type        OrderType
	TimeInForce TimeInForce
	Class       OrderClass
	// Quantity is the total; not Valid for a notional order until the broker names it.
	Quantity          decimal.NullDecimal
	FilledQuantity    decimal.Decimal
	RemainingQuantity decimal.NullDecimal
	AverageFillPrice  decimal.NullDecimal
	Notional          *Money
	LimitPrice        decimal.NullDecimal
	StopPrice         decimal.NullDecimal
	TrailAmount       decimal.NullDecimal
	// TrailPercent: 1.5 means 1.5 %.
	TrailPercent      decimal.NullDecimal
	StateReason       StateReason
	BrokerMessage     string
	ParentOrderID     string
	ReplacesOrderID   string
	ReplacedByOrderID string
	Tags              map[string]string
	CreateTime        time.Time
	UpdateTime        time.Time
	// Deduplicated, in the answer to a submit: the gateway knew the ClientOrderID, so nothing was sent.
	Deduplicated bool
	// Children, in the answer to a submit: the exits of a group.
	Children []Order
	// Raw is the message that it was read from, with every field.
	Raw *pb.Order
}

// Fill is one execution, or its bust or correction. Immutable.
type Fill struct {
	FillID        string
	AccountID     string
	OrderID       string
	ClientOrderID string
	Symbol        string
	Side          Side
	Quantity      decimal.Decimal
	Price         decimal.Decimal
	Kind          FillKind
	// RefersToFillID names the fill that a bust or a correction speaks of.
	RefersToFillID string
	Sequence       int64
	ExecutionTime  time.Time
	Commission     *Money
	Raw            *pb.Fill
}

// OrderEvent is one change of one order. AccountID and Sequence name it for ever.
type OrderEvent struct {
	AccountID string
	Sequence  int64
	Type      OrderEventType
	// Order is the whole order after the event.
	Order Order
	// Fill is set if Type says so.
	Fill   *Fill
	Time   time.Time
	Reason string
	Raw    *pb.OrderEvent
}

// Position is what an account holds of one instrument.
type Position struct {
	AccountID string
	Symbol    string
	Side      PositionSide
	// Quantity is below zero for a short position.
	Quantity             decimal.Decimal
	AverageCost          decimal.NullDecimal
	CurrentPrice         decimal.NullDecimal
	MarketValue          decimal.NullDecimal
	UnrealizedProfitLoss decimal.NullDecimal
	RealizedProfitLoss   decimal.NullDecimal
	Sequence             int64
	// Closed: the account held it and holds it no more.
	Closed bool
	Raw    *pb.Position
}

// PositionEvent is a change of a position, as the whole position after it.
type PositionEvent struct {
	AccountID string
	Sequence  int64
	Position  Position
	// Conflated: earlier changes were skipped, because the reader was slow.
	Conflated bool
	Raw       *pb.PositionEvent
}

func (r *read) order(m *pb.Order) Order {
	if m == nil {
		r.fail("the gateway left the order out, which the contract always sets")
		return Order{}
	}
	return Order{
		OrderID: m.OrderId, AccountID: m.AccountId, ClientOrderID: m.ClientOrderId,
		Version: m.Version, Sequence: m.Sequence, State: m.State, Terminal: m.Terminal,
		Symbol: m.GetInstrument().GetSymbol(), Side: m.Side, Type: m.Type, TimeInForce: m.TimeInForce, Class: m.OrderClass,
		Quantity:          r.optional(m.Quantity, "order.quantity"),
		FilledQuantity:    r.required(m.FilledQuantity, "order.filled_quantity"),
		RemainingQuantity: r.optional(m.RemainingQuantity, "order.remaining_quantity"),
		AverageFillPrice:  r.optional(m.AverageFillPrice, "order.average_fill_price"),
		Notional:          r.money(m.Notional, "order.notional"),
		LimitPrice:        r.optional(m.LimitPrice, "order.limit_price"),
		StopPrice:         r.optional(m.StopPrice, "order.stop_price"),
		TrailAmount:       r.optional(m.GetTrailAmount(), "order.trail_amount"),
		TrailPercent:      r.optional(m.GetTrailPercent(), "order.trail_percent"),
		StateReason:       m.StateReason, BrokerMessage: m.BrokerMessage, ParentOrderID: m.ParentOrderId,
		ReplacesOrderID: m.ReplacesOrderId, ReplacedByOrderID: m.ReplacedByOrderId, Tags: m.Tags,
		CreateTime: when(m.CreateTime), UpdateTime: when(m.UpdateTime), Raw: m,
	}
}

func (r *read) orders(messages []*pb.Order) []Order { return each(messages, r.order) }

func (r *read) fill(m *pb.Fill) Fill {
	return Fill{
		FillID: m.FillId, AccountID: m.AccountId, OrderID: m.OrderId, ClientOrderID: m.ClientOrderId,
		Symbol: m.GetInstrument().GetSymbol(), Side: m.Side,
		Quantity: r.required(m.Quantity, "fill.quantity"), Price: r.required(m.Price, "fill.price"),
		Kind: m.Kind, RefersToFillID: m.RefersToFillId, Sequence: m.Sequence,
		ExecutionTime: when(m.ExecutionTime), Commission: r.money(m.Commission, "fill.commission"), Raw: m,
	}
}

func (r *read) orderEvent(m *pb.OrderEvent) OrderEvent {
	event := OrderEvent{
		AccountID: m.AccountId, Sequence: m.Sequence, Type: m.Type, Order: r.order(m.Order),
		Time: when(m.Time), Reason: m.Reason, Raw: m,
	}
	if m.Fill != nil {
		fill := r.fill(m.Fill)
		event.Fill = &fill
	}
	return event
}

func (r *read) position(m *pb.Position) Position {
	if m == nil {
		r.fail("the gateway left the position out, which the contract always sets")
		return Position{}
	}
	return Position{
		AccountID: m.AccountId, Symbol: m.GetInstrument().GetSymbol(), Side: m.Side,
		Quantity:             r.required(m.Quantity, "position.quantity"),
		AverageCost:          r.optional(m.AverageCost, "position.average_cost"),
		CurrentPrice:         r.optional(m.CurrentPrice, "position.current_price"),
		MarketValue:          r.optional(m.MarketValue, "position.market_value"),
		UnrealizedProfitLoss: r.optional(m.UnrealizedProfitLoss, "position.unrealized_profit_loss"),
		RealizedProfitLoss:   r.optional(m.RealizedProfitLoss, "position.realized_profit_loss"),
		Sequence:             m.Sequence, Closed: m.Closed, Raw: m,
	}
}

func (r *read) positionEvent(m *pb.PositionEvent) PositionEvent {
	return PositionEvent{
		AccountID: m.AccountId, Sequence: m.Sequence, Position: r.position(m.Position), Conflated: m.Conflated, Raw: m,
	}
}

func each[M, T any](messages []M, convert func(M) T) []T {
	if len(messages) == 0 {
		return nil
	}
	values := make([]T, len(messages))
	for i, m := range messages {
		values[i] = convert(m)
	}
	return values
}

func when(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
