package io.holdfast.server.controller;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceAdmission;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Ties a knot of the wiring: compute asks for admission, which is judged by compute's own hosts and instances. */
final class LateAdmission implements InstanceAdmission {

    private final AtomicReference<@Nullable InstanceAdmission> admission = new AtomicReference<>();

    void become(InstanceAdmission real) {
        admission.set(real);
    }

    @Override
    public boolean concerns(Instance before, Instance after) {
        return real().concerns(before, after);
    }

    @Override
    public void require(Instance after) {
        real().require(after);
    }

    private InstanceAdmission real() {
        InstanceAdmission real = admission.get();
        if (real == null) {
            throw new IllegalStateException("asked for admission before the controller was assembled");
        }
        return real;
    }
}
