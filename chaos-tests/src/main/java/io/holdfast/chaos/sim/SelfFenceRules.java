package io.holdfast.chaos.sim;

import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.Isolation;
import io.holdfast.fencing.observer.SelfFenceSight;
import io.holdfast.fencing.selffence.core.Decision;
import io.holdfast.fencing.selffence.core.Licences;
import io.holdfast.fencing.selffence.core.SelfFenceTimes;

/** By which rules a host pets its watchdog, and a controller counts on that. The real ones are the product's own. */
public interface SelfFenceRules {

    /** Of licences that have looked. */
    default Decision decide(Licences licences, SelfFenceTimes times, long nowNanos) {
        return licences.decide(times, nowNanos);
    }

    /** What a controller concludes from what it sees. */
    default Isolation isolation(SelfFenceSight sight, FenceRequest request) {
        return sight.isolation(request.bootId(), request.leader());
    }

    /** The product's. */
    static SelfFenceRules real() {
        return new SelfFenceRules() {};
    }
}
