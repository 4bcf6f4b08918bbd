package brokerwire

import (
	"context"
	"iter"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// Replacement is what became of a replace. Refused is no error: the order goes on as it was.
type Replacement struct {
	// Order is the one now in force.
	Order Order
	// Previous is the superseded one, where the broker cancels and replaces.
	Previous     *Order
	Outcome      ActionOutcome
	Deduplicated bool
}

// Cancellation is what became of a cancel. Refused is no error; look at the order, it may have filled.
type Cancellation struct {
	Order   Order
	Outcome ActionOutcome
}

// Submit submits an order, or a group of orders, once, and returns when the broker has answered.
//
// A refusal by the broker is no error but State Rejected; an outcome that is not proven is Indeterminate, which is not
// terminal: Wait for it. An error names the order (ClientOrderID) and says whether it may have been sent. Submit never
// tries again by itself.
func (c *Client) Submit(ctx context.Context, request OrderRequest) (Order, error) {
	order, err := c.orderMessage(ctx, &request)
	if err != nil {
		return Order{}, concerning(request.ClientOrderID, err)
	}
	answer, err := c.orders.SubmitOrder(ctx, &pb.SubmitOrderRequest{Order: order})
	if err != nil {
		return Order{}, err
	}
	return readSubmitted(answer)
}

func (c *Client) orderMessage(ctx context.Context, request *OrderRequest) (*pb.OrderRequest, error) {
	order, err := request.message("")
	if err != nil {
		return nil, err
	}
	order.AccountId, err = c.accountOr(ctx, request.Account)
	return order, err
}

func (c *Client) accountOr(ctx context.Context, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	return c.defaultAccount(ctx)
}

func readSubmitted(answer *pb.SubmitOrderResponse) (Order, error) {
	var r read
	order := r.order(answer.GetOrder())
	order.Deduplicated, order.Children = answer.GetDeduplicated(), r.orders(answer.GetChildren())
	return order, r.unanswered(order.ClientOrderID)
}

// unanswered is the error of a mutation's answer that the contract does not allow: it may have been carried out.
func (r *read) unanswered(clientOrderID string) error {
	if e, ok := r.err.(*Error); ok {
		e.Sent, e.ClientOrderID = SentUnknown, clientOrderID
	}
	return r.err
}

// Replace changes an open order. Refused, as an outcome, is no error.
func (c *Client) Replace(ctx context.Context, key OrderKey, request ReplaceRequest) (Replacement, error) {
	m, err := c.replaceMessage(ctx, key, &request)
	if err != nil {
		return Replacement{}, concerning(request.NewClientOrderID, err)
	}
	answer, err := c.orders.ReplaceOrder(ctx, m)
	if err != nil {
		return Replacement{}, err
	}
	return readReplaced(answer)
}

func (c *Client) replaceMessage(ctx context.Context, key OrderKey, request *ReplaceRequest) (*pb.ReplaceOrderRequest, error) {
	m, err := request.message()
	if err != nil {
		return nil, err
	}
	if key.OrderID != "" {
		m.OrderKey = &pb.ReplaceOrderRequest_OrderId{OrderId: key.OrderID}
	} else {
		m.OrderKey = &pb.ReplaceOrderRequest_ClientOrderId{ClientOrderId: key.ClientOrderID}
	}
	m.AccountId, err = c.accountOr(ctx, key.Account)
	return m, err
}

func readReplaced(answer *pb.ReplaceOrderResponse) (Replacement, error) {
	var r read
	result := Replacement{
		Order: r.order(answer.GetOrder()), Outcome: answer.GetOutcome(), Deduplicated: answer.GetDeduplicated(),
	}
	if answer.GetPrevious() != nil {
		previous := r.order(answer.Previous)
		result.Previous = &previous
	}
	return result, r.unanswered(result.Order.ClientOrderID)
}

// Cancel cancels an open order, and with an entry its group. Canceling a canceled order is fine.
//
// Pending means that the broker took note, and the effect will be streamed.
func (c *Client) Cancel(ctx context.Context, key OrderKey) (Cancellation, error) {
	m, err := c.cancelMessage(ctx, key)
	if err != nil {
		return Cancellation{}, concerning(key.ClientOrderID, err)
	}
	answer, err := c.orders.CancelOrder(ctx, m)
	if err != nil {
		return Cancellation{}, err
	}
	return readCanceled(answer)
}

func (c *Client) cancelMessage(ctx context.Context, key OrderKey) (*pb.CancelOrderRequest, error) {
	account, err := c.accountOr(ctx, key.Account)
	if key.OrderID != "" {
		return &pb.CancelOrderRequest{AccountId: account, OrderKey: &pb.CancelOrderRequest_OrderId{OrderId: key.OrderID}}, err
	}
	byCaller := &pb.CancelOrderRequest_ClientOrderId{ClientOrderId: key.ClientOrderID}
	return &pb.CancelOrderRequest{AccountId: account, OrderKey: byCaller}, err
}

func readCanceled(answer *pb.CancelOrderResponse) (Cancellation, error) {
	var r read
	result := Cancellation{Order: r.order(answer.GetOrder()), Outcome: answer.GetOutcome()}
	return result, r.unanswered(result.Order.ClientOrderID)
}

// Order reads one order. ErrNotFound: there is no such order in the account.
func (c *Client) Order(ctx context.Context, key OrderKey) (Order, error) {
	account, err := c.accountOr(ctx, key.Account)
	if err != nil {
		return Order{}, err
	}
	m := &pb.GetOrderRequest{AccountId: account}
	if key.OrderID != "" {
		m.OrderKey = &pb.GetOrderRequest_OrderId{OrderId: key.OrderID}
	} else {
		m.OrderKey = &pb.GetOrderRequest_ClientOrderId{ClientOrderId: key.ClientOrderID}
	}
	answer, err := c.orders.GetOrder(ctx, m)
	if err != nil {
		return Order{}, err
	}
	var r read
	order := r.order(answer.Order)
	return order, r.err
}

// OrderFilter says which orders a list has. All conditions must hold; an empty one holds always.
type OrderFilter struct {
	OpenOnly       bool
	States         []OrderState
	Symbols        []string
	ClientOrderIDs []string
	ParentOrderID  string
	OldestFirst    bool
	// PageSize is how many are read at once; the gateway's default if zero.
	PageSize int
	Account  string
}

// Orders lists orders, open and past, newest first, reading pages as they are needed.
//
// Orders of accounts that could not be read are missing; unreachable, if it is not nil, is told their names.
func (c *Client) Orders(ctx context.Context, filter OrderFilter, unreachable func(accounts []string)) iter.Seq2[Order, error] {
	m := &pb.ListOrdersRequest{
		AccountIds: c.someAccounts(filter.Account), States: filter.States, OpenOnly: filter.OpenOnly,
		Symbols: filter.Symbols, ClientOrderIds: filter.ClientOrderIDs, ParentOrderId: filter.ParentOrderID,
		SortOrder: sortOrder(filter.OldestFirst), PageSize: int32(filter.PageSize),
	}
	return pages((*read).order, func(token string) (page[*pb.Order], error) {
		m.PageToken = token
		answer, err := c.orders.ListOrders(ctx, m)
		return page[*pb.Order]{answer.GetOrders(), answer.GetNextPageToken(), answer.GetUnreachable()}, err
	}, unreachable)
}

// FillFilter says which fills a list has. All conditions must hold; an empty one holds always.
type FillFilter struct {
	OrderID     string
	Symbols     []string
	OldestFirst bool
	PageSize    int
	Account     string
}

// Fills lists fills, with busts and corrections, as Orders does.
func (c *Client) Fills(ctx context.Context, filter FillFilter, unreachable func(accounts []string)) iter.Seq2[Fill, error] {
	m := &pb.ListFillsRequest{
		AccountIds: c.someAccounts(filter.Account), OrderId: filter.OrderID, Symbols: filter.Symbols,
		SortOrder: sortOrder(filter.OldestFirst), PageSize: int32(filter.PageSize),
	}
	return pages((*read).fill, func(token string) (page[*pb.Fill], error) {
		m.PageToken = token
		answer, err := c.orders.ListFills(ctx, m)
		return page[*pb.Fill]{answer.GetFills(), answer.GetNextPageToken(), answer.GetUnreachable()}, err
	}, unreachable)
}

// PositionFilter says which positions a list has.
type PositionFilter struct {
	Symbols  []string
	PageSize int
	Account  string
}

// Positions lists open positions. Positions of accounts that could not be read are missing, which does not mean flat;
// unreachable, if it is not nil, is told their names.
func (c *Client) Positions(ctx context.Context, filter PositionFilter, unreachable func(accounts []string)) iter.Seq2[Position, error] {
	service := pb.NewPositionServiceClient(c.conn)
	m := &pb.ListPositionsRequest{
		AccountIds: c.someAccounts(filter.Account), Symbols: filter.Symbols, PageSize: int32(filter.PageSize),
	}
	return pages((*read).position, func(token string) (page[*pb.Position], error) {
		m.PageToken = token
		answer, err := service.ListPositions(ctx, m)
		return page[*pb.Position]{answer.GetPositions(), answer.GetNextPageToken(), answer.GetUnreachable()}, err
	}, unreachable)
}

type page[M any] struct {
	items       []M
	next        string
	unreachable []string
}

// pages reads a list page by page. Each pass over it begins anew; an error ends it.
func pages[M, T any](
	convert func(*read, M) T, fetch func(token string) (page[M], error), unreachable func([]string),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for token := ""; ; {
			found, err := fetch(token)
			if err != nil {
				yield(none, err)
				return
			}
			if unreachable != nil && len(found.unreachable) > 0 {
				unreachable(found.unreachable)
			}
			for _, item := range found.items {
				var r read
				if value := convert(&r, item); !yield(value, r.err) || r.err != nil {
					return
				}
			}
			if token = found.next; token == "" {
				return
			}
		}
	}
}

func sortOrder(oldestFirst bool) pb.SortOrder {
	if oldestFirst {
		return pb.SortOrder_SORT_ORDER_OLDEST_FIRST
	}
	return pb.SortOrder_SORT_ORDER_NEWEST_FIRST
}
