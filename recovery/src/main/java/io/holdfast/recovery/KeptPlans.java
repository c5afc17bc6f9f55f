package io.holdfast.recovery;

import io.holdfast.model.HostId;
import io.holdfast.recovery.core.KeptPlan;
import io.holdfast.recovery.core.PlanQuestion;
import io.holdfast.recovery.core.ReserveRule;
import io.holdfast.scheduler.PlacementRequest;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The plans for failures that have not happened, one for each host; {@link PlanKeeper} makes them, and recovery takes the one that
 * answers its question.
 *
 * <p>Any thread. What if we die here: nothing is written. The next leader makes its own, and plans without until then.
 */
public final class KeptPlans {

    private static final Logger log = LoggerFactory.getLogger(KeptPlans.class);

    private final Map<HostId, KeptPlan> plans = new ConcurrentHashMap<>();
    private final AtomicLong taken = new AtomicLong();
    private volatile boolean recovering;

    KeptPlans() {}

    /** What planning would answer, or null when nobody knows without planning. */
    ReserveRule.@Nullable Outcome answer(PlanQuestion asked) {
        PlacementRequest.Loss lost =
                asked.requests().isEmpty() ? null : asked.requests().getFirst().lost();
        HostId failed = lost == null ? null : lost.from();
        KeptPlan kept = failed == null ? null : plans.get(failed);
        if (kept == null || !kept.answers(asked)) {
            return null;
        }
        taken.incrementAndGet();
        log.info(
                "host {}: {} homes were planned beforehand",
                failed,
                kept.requests().size());
        return kept.outcome();
    }

    Optional<KeptPlan> of(HostId host) {
        return Optional.ofNullable(plans.get(host));
    }

    /** @param plan null when there is none for this host */
    void put(HostId host, @Nullable KeptPlan plan) {
        if (plan == null) {
            plans.remove(host);
        } else {
            plans.put(host, plan);
        }
    }

    void keepOnly(Collection<HostId> hosts) {
        plans.keySet().retainAll(hosts);
    }

    void forget() {
        plans.clear();
    }

    /** While a recovery is under way its plans change what all the others follow from, and it needs the processors itself. */
    void recovering(boolean now) {
        recovering = now;
    }

    boolean giveWay() {
        return recovering;
    }

    OperatorVerbs.Kept summary() {
        Instant oldest = plans.values().stream()
                .map(KeptPlan::at)
                .min(Instant::compareTo)
                .orElse(null);
        return new OperatorVerbs.Kept(plans.size(), oldest, taken.get());
    }
}
