package io.holdfast.api.http;

import java.time.Duration;
import java.util.Set;

/**
 * Operations of one API whose bodies, of the request or of the answer, are too long to be held in memory. Such an operation
 * reads its request by {@link Call#stream()} and may answer with {@link Reply#streamed}; token, policy and contract are asked before
 * its body is.
 *
 * @param operations by their ids in the contract
 * @param atOnceMax how many of them may be under way; more are answered with 503. Each holds a thread and some 2 MiB
 * @param idle a sender who sends nothing for so long is given up, and so is a reader who reads nothing
 * @param deadline the longest that one may take
 */
public record Streaming(Set<String> operations, int atOnceMax, Duration idle, Duration deadline) {

    public Streaming {
        operations = Set.copyOf(operations);
    }
}
