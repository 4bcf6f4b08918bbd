// Package brokerwire submits orders to a Brokerwire gateway and subscribes to what happens to them.
//
//	bw, err := brokerwire.Dial(ctx) // BROKERWIRE_ADDRESS, else 127.0.0.1:50051
//	order, err := bw.Submit(ctx, brokerwire.OrderRequest{
//		Symbol: "AAPL", Side: brokerwire.Buy, Quantity: brokerwire.Dec("10"),
//	})
//	order, err = bw.Wait(ctx, order, nil)
//
// Prices, quantities and amounts are exact decimals. A broker's refusal is no error but an order in state Rejected;
// Indeterminate means that nobody knows yet whether the order is live, and it is not terminal. Whether an order is
// over is told by Order.Terminal, not by its state: a newer gateway may have states that this package does not know.
//
// Nothing that changes something is ever repeated by this package. Every failed call is an *Error, and its Sent says
// whether anything may have reached the broker: if so, look the order up by ClientOrderID, or submit the same content
// again under the same ClientOrderID, which the gateway takes as the same order for ever.
//
// A Stream connects again and resumes by itself: every event once, in order, or a Reset that says it was impossible.
//
// The generated messages and stubs are in the package brokerwirev1; Client.Conn gives the connection for them.
package brokerwire
