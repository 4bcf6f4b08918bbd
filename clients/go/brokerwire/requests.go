package brokerwire

import (
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// OrderRequest is what a caller asks for. A decimal that is not Valid is absent: Dec("187.50") and Some(value) make
// valid ones.
type OrderRequest struct {
	// ClientOrderID is the idempotency key; made if empty. The same id with the same content is the same order for
	// ever, so it is safe to submit again after an error.
	ClientOrderID string
	// Symbol is "AAPL", "BTC/USD" or an OCC option symbol. Instrument says it in full instead.
	Symbol     string
	Instrument *pb.Instrument
	Side       Side
	// Quantity is in units: shares, contracts, coins. Notional is a size in money instead.
	Quantity decimal.NullDecimal
	Notional *Money
	// Type follows from the prices if it is unspecified.
	Type         OrderType
	LimitPrice   decimal.NullDecimal
	StopPrice    decimal.NullDecimal
	TrailAmount  decimal.NullDecimal
	TrailPercent decimal.NullDecimal
	// TimeInForce is Day if it is unspecified.
	TimeInForce   TimeInForce
	ExtendedHours bool
	// TakeProfit is the limit price of an exit that starts working when the order has filled, StopLoss such an exit's
	// stop.
	TakeProfit decimal.NullDecimal
	StopLoss   *StopLoss
	// Class follows from the exits and legs if it is unspecified; OCO must be said.
	Class OrderClass
	Legs  []*pb.OrderLeg
	// Tags are echoed in the order and its events, and never sent to the broker.
	Tags map[string]string
	// Account is the client's own if empty.
	Account string
}

// StopLoss is a loss-limiting exit.
type StopLoss struct {
	StopPrice    decimal.NullDecimal
	LimitPrice   decimal.NullDecimal
	TrailAmount  decimal.NullDecimal
	TrailPercent decimal.NullDecimal
}

// newID is an idempotency key: a UUIDv7, so that keys sort in the order of their making.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// message makes the contract's request, with a client_order_id in any case.
func (o *OrderRequest) message(account string) (*pb.OrderRequest, error) {
	if o.ClientOrderID == "" {
		o.ClientOrderID = newID()
	}
	var w wire
	m := &pb.OrderRequest{
		AccountId: account, ClientOrderId: o.ClientOrderID, Instrument: o.Instrument, Side: o.Side,
		Type: o.orderType(), TimeInForce: o.TimeInForce, ExtendedHours: o.ExtendedHours, OrderClass: o.class(),
		LimitPrice: w.decimal(o.LimitPrice, "order.limit_price"),
		StopPrice:  w.decimal(o.StopPrice, "order.stop_price"),
		Tags:       o.Tags, Legs: o.Legs, StopLoss: o.StopLoss.message(&w),
	}
	if m.Instrument == nil && o.Symbol != "" {
		m.Instrument = &pb.Instrument{Symbol: o.Symbol}
	}
	if m.TimeInForce == pb.TimeInForce_TIME_IN_FORCE_UNSPECIFIED {
		m.TimeInForce = Day
	}
	if quantity := w.decimal(o.Quantity, "order.quantity"); quantity != nil {
		m.Size = &pb.OrderRequest_Quantity{Quantity: quantity}
	}
	if o.Notional != nil {
		amount := w.decimal(Some(o.Notional.Amount), "order.notional")
		m.Size = &pb.OrderRequest_Notional{Notional: &pb.Money{Amount: amount, CurrencyCode: o.Notional.Currency}}
	}
	if amount := w.decimal(o.TrailAmount, "order.trail_amount"); amount != nil {
		m.Trail = &pb.OrderRequest_TrailAmount{TrailAmount: amount}
	}
	if percent := w.decimal(o.TrailPercent, "order.trail_percent"); percent != nil {
		m.Trail = &pb.OrderRequest_TrailPercent{TrailPercent: percent}
	}
	if price := w.decimal(o.TakeProfit, "order.take_profit.limit_price"); price != nil {
		m.TakeProfit = &pb.TakeProfit{LimitPrice: price}
	}
	if o.Quantity.Valid && o.Notional != nil {
		w.keep(invalid("order.notional", "cannot go with a quantity", ReasonInvalidField))
	}
	if o.TrailAmount.Valid && o.TrailPercent.Valid {
		w.keep(invalid("order.trail_percent", "cannot go with a trail_amount", ReasonInvalidField))
	}
	return m, w.err
}

func (o *OrderRequest) orderType() OrderType {
	switch {
	case o.Type != pb.OrderType_ORDER_TYPE_UNSPECIFIED:
		return o.Type
	case o.TrailAmount.Valid || o.TrailPercent.Valid:
		return TrailingStop
	case o.StopPrice.Valid && o.LimitPrice.Valid:
		return StopLimit
	case o.StopPrice.Valid:
		return Stop
	case o.LimitPrice.Valid:
		return Limit
	}
	return Market
}

func (o *OrderRequest) class() OrderClass {
	switch {
	case o.Class != pb.OrderClass_ORDER_CLASS_UNSPECIFIED:
		return o.Class
	case len(o.Legs) > 0:
		return pb.OrderClass_ORDER_CLASS_MULTI_LEG
	case o.TakeProfit.Valid && o.StopLoss != nil:
		return pb.OrderClass_ORDER_CLASS_BRACKET
	case o.TakeProfit.Valid || o.StopLoss != nil:
		return pb.OrderClass_ORDER_CLASS_OTO
	}
	return pb.OrderClass_ORDER_CLASS_SIMPLE
}

func (s *StopLoss) message(w *wire) *pb.StopLoss {
	if s == nil {
		return nil
	}
	m := &pb.StopLoss{
		StopPrice:  w.decimal(s.StopPrice, "order.stop_loss.stop_price"),
		LimitPrice: w.decimal(s.LimitPrice, "order.stop_loss.limit_price"),
	}
	if amount := w.decimal(s.TrailAmount, "order.stop_loss.trail_amount"); amount != nil {
		m.Trail = &pb.StopLoss_TrailAmount{TrailAmount: amount}
	}
	if percent := w.decimal(s.TrailPercent, "order.stop_loss.trail_percent"); percent != nil {
		m.Trail = &pb.StopLoss_TrailPercent{TrailPercent: percent}
	}
	return m
}

// ReplaceRequest changes an open order; what is absent stays as it is.
type ReplaceRequest struct {
	// Quantity is the new total, what has filled included.
	Quantity     decimal.NullDecimal
	LimitPrice   decimal.NullDecimal
	StopPrice    decimal.NullDecimal
	TrailAmount  decimal.NullDecimal
	TrailPercent decimal.NullDecimal
	TimeInForce  TimeInForce
	// ExpectedVersion, if above zero: only if the order still has this version; ErrConflict otherwise.
	ExpectedVersion int64
	// NewClientOrderID is the idempotency key of the replace; made if empty.
	NewClientOrderID string
}

func (r *ReplaceRequest) message() (*pb.ReplaceOrderRequest, error) {
	if r.NewClientOrderID == "" {
		r.NewClientOrderID = newID()
	}
	var w wire
	m := &pb.ReplaceOrderRequest{
		NewClientOrderId: r.NewClientOrderID,
		Quantity:         w.decimal(r.Quantity, "quantity"),
		LimitPrice:       w.decimal(r.LimitPrice, "limit_price"),
		StopPrice:        w.decimal(r.StopPrice, "stop_price"),
	}
	if r.ExpectedVersion > 0 {
		m.ExpectedVersion = &r.ExpectedVersion
	}
	if r.TimeInForce != pb.TimeInForce_TIME_IN_FORCE_UNSPECIFIED {
		m.TimeInForce = &r.TimeInForce
	}
	if amount := w.decimal(r.TrailAmount, "trail_amount"); amount != nil {
		m.Trail = &pb.ReplaceOrderRequest_TrailAmount{TrailAmount: amount}
	}
	if percent := w.decimal(r.TrailPercent, "trail_percent"); percent != nil {
		m.Trail = &pb.ReplaceOrderRequest_TrailPercent{TrailPercent: percent}
	}
	return m, w.err
}

// OrderKey names an order: by OrderID or, found even after a lost answer, by ClientOrderID.
type OrderKey struct {
	OrderID       string
	ClientOrderID string
	// Account is the client's own if empty.
	Account string
}

// Key names the order by the gateway's id.
func (o Order) Key() OrderKey { return OrderKey{OrderID: o.OrderID, Account: o.AccountID} }

// ByClientOrderID names an order of the client's own account by the caller's id.
func ByClientOrderID(id string) OrderKey { return OrderKey{ClientOrderID: id} }
