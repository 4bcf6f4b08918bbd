package brokerwire

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
)

// Wait waits until an order is over, watching its stream; a broken connection is resumed. It returns the last known
// state with any error: ErrDeadlineExceeded when ctx's time is up (the order goes on), else that it cannot be watched.
//
// An Indeterminate order is not over. A Replaced one is: see ReplacedByOrderID. until, if it is not nil, says what else
// to wait for.
func (c *Client) Wait(ctx context.Context, order Order, until func(Order) bool) (Order, error) {
	over := func() bool { return order.Terminal || (until != nil && until(order)) }
	if over() {
		return order, nil
	}
	stream := c.watch(ctx, order)
	defer stream.Close()
	seen := false
	for item, err := range stream.Items(ctx) {
		if err != nil {
			return order, waitError(ctx, err, order)
		}
		found := orderIn(item)
		if _, ended := item.(SnapshotEnd); ended && !seen { // it was over before the snapshot's time
			if found, err = c.Order(ctx, order.Key()); err != nil {
				return order, waitError(ctx, err, order)
			}
		}
		if found.OrderID != order.OrderID {
			continue
		}
		seen = true
		if found.Version >= order.Version {
			order = found
		}
		if over() {
			return order, nil
		}
	}
	return order, waitError(ctx, newError(codes.Unavailable, "", "the client was closed"), order)
}

// waitError says what became of a wait that did not get there: its time is up, or what err says.
func waitError(ctx context.Context, err error, order Order) error {
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return err
	}
	message := fmt.Sprintf("order %s is %s (%s filled); it goes on", order.ClientOrderID, Name(order.State), order.FilledQuantity)
	e := newError(codes.DeadlineExceeded, "", message)
	e.ClientOrderID, e.cause = order.ClientOrderID, context.DeadlineExceeded
	return e
}

// orderIn is the order that an item is about; empty for any other.
func orderIn(item Item) Order {
	switch item := item.(type) {
	case Snapshot[Order]:
		return item.Value
	case OrderEvent:
		return item.Order
	}
	return Order{}
}

// watch is a stream whose snapshot has the order, even if it has ended meanwhile.
func (c *Client) watch(ctx context.Context, order Order) *Stream[OrderEvent] {
	options := OrderStreamOptions{StreamOptions: StreamOptions{TerminalSince: order.CreateTime, Account: order.AccountID}}
	if order.Sequence > 0 {
		options.MinSequences = map[string]int64{order.AccountID: order.Sequence}
	}
	if order.ClientOrderID != "" {
		options.ClientOrderIDs = []string{order.ClientOrderID}
	}
	return c.StreamOrders(ctx, options)
}
