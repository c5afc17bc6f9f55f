package io.holdfast.recovery.store;

import io.holdfast.recovery.FailoverSegments;
import io.holdfast.recovery.sim.InMemoryFailoverSegments;
import java.time.InstantSource;

class InMemoryFailoverSegmentsTest extends FailoverSegmentsContract {

    private final InMemoryFailoverSegments segments = new InMemoryFailoverSegments("default", InstantSource.system());

    @Override
    FailoverSegments segments() {
        return segments;
    }
}
