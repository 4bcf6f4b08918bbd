package dev.brokerwire;

import io.grpc.MethodDescriptor;
import java.util.function.Function;

/**
 * What the kinds of streams differ in.
 *
 * @param request makes the request from a resume token
 * @param read reads a message, and throws Internal for what the contract does not allow
 * @param place tells within what an event's sequence counts
 * @param repeats events of one sequence may come twice with news: absolute states valued anew
 */
record Feed<Q, R, E extends Event>(
        MethodDescriptor<Q, R> method,
        Class<E> event,
        Function<String, Q> request,
        Function<R, Batch> read,
        Function<E, Object> place,
        boolean repeats) {

    String name() {
        return method.getBareMethodName();
    }
}
