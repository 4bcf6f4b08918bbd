package dev.brokerwire;

import java.util.List;

/**
 * One message of a stream's connection.
 *
 * @param items without those of kinds that are not known
 */
record Batch(List<Item> items, String token) {}
