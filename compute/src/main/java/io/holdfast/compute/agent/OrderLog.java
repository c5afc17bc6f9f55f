package io.holdfast.compute.agent;

import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.InstanceOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line for each order that an agent was given. */
final class OrderLog {

    private static final Logger log = LoggerFactory.getLogger(OrderLog.class);

    private OrderLog() {}

    static void refused(InstanceOrder order, AgentAnswer answer) {
        log.info(
                "instance={} order={} generation={} taken=no answer={}",
                order.instance(),
                order.goal(),
                order.generation(),
                answer);
    }

    static void taken(InstanceOrder order) {
        log.info(
                "instance={} order={} generation={} epoch={} leader={} taken=yes",
                order.instance(),
                order.goal(),
                order.generation(),
                order.hostEpoch(),
                order.leader());
    }

    static void adopting(AdoptOrder order) {
        log.info(
                "host={} adopt epoch={} incarnation={} leader={} owned={}",
                order.host(),
                order.hostEpoch(),
                order.incarnation(),
                order.leader(),
                order.owned().size());
    }
}
