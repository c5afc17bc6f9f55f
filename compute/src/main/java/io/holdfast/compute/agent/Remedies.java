package io.holdfast.compute.agent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes orders for remedies, and refuses those of yesterday.
 *
 * <p>An order for another boot, of an older host epoch or of an older leader is stale, by what the agent was told last in any order. It
 * need not be adopted at the order's epoch: a host whose hypervisor does not answer cannot be, and a remedy starts no guest.
 *
 * <p>Threads: any. Works run on the caller's thread.
 */
public final class Remedies {

    private static final Logger log = LoggerFactory.getLogger(Remedies.class);

    private final Supplier<AgentDescription> self;
    private final Map<Remedy, Work> works;

    /** Of all orders here; the agent's memory knows those of its own. */
    @GuardedBy("this")
    private LeaderEpoch newestLeader = LeaderEpoch.ZERO;

    /** How one remedy is done. */
    @FunctionalInterface
    public interface Work {

        /** @param patience how long the caller waits for the answer; the work may go on beyond it */
        RemedyAnswer run(Duration patience);
    }

    /** @param works what is not in it is refused */
    public Remedies(Supplier<AgentDescription> self, Map<Remedy, Work> works) {
        this.self = self;
        this.works = Map.copyOf(works);
    }

    public RemedyAnswer mend(RemedyOrder order, Duration patience) {
        RemedyAnswer answer = rule(order);
        if (answer == null) {
            Work work = works.get(order.remedy());
            answer = work == null
                    ? new RemedyAnswer.Refused("this agent knows no way to do " + order.remedy())
                    : work.run(patience);
        }
        log.info(
                "remedy={} epoch={} leader={} reason={} answer={}",
                order.remedy(),
                order.hostEpoch(),
                order.leader(),
                order.reason(),
                answer);
        return answer;
    }

    private synchronized @Nullable RemedyAnswer rule(RemedyOrder order) {
        AgentDescription is = self.get();
        if (!order.host().equals(is.host())) {
            return new RemedyAnswer.Refused("this is host " + is.host() + ", the order is for " + order.host());
        }
        if (!order.bootId().equals(is.bootId())) {
            return new RemedyAnswer.Stale("the order is for boot " + order.bootId() + ", this is boot " + is.bootId());
        }
        if (order.hostEpoch().compareTo(is.hostEpoch()) < 0) {
            return new RemedyAnswer.Stale(
                    "the order is of host epoch " + order.hostEpoch() + ", this host is at " + is.hostEpoch());
        }
        LeaderEpoch newest = newestLeader.compareTo(is.leader()) > 0 ? newestLeader : is.leader();
        if (order.leader().compareTo(newest) < 0) {
            return new RemedyAnswer.Stale("leader " + order.leader() + " was followed by leader " + newest);
        }
        newestLeader = order.leader();
        return null;
    }
}
