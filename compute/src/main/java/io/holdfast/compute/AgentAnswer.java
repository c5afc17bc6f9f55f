package io.holdfast.compute;

import io.holdfast.model.InstanceId;
import java.util.List;

/** How an agent took an order. */
public sealed interface AgentAnswer {

    /**
     * It took the order.
     *
     * @param reports what is there now
     * @param destroyed guests it destroyed because the host does not own them (adopt only)
     */
    record Accepted(List<InstanceReport> reports, List<InstanceId> destroyed) implements AgentAnswer {}

    /** It knows a newer epoch, leader or generation than the order's. */
    record Stale(String reason) implements AgentAnswer {}

    /** It understood and could not; {@code reason} for people. */
    record Refused(String reason) implements AgentAnswer {}

    /** No answer in time, or no connection. The order may or may not have arrived. */
    record NoAnswer(String reason) implements AgentAnswer {}
}
