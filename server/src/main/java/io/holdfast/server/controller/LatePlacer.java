package io.holdfast.server.controller;

import io.holdfast.compute.Placer;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.Resources;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Ties the one knot of the wiring: compute asks a placer that itself looks at compute's hosts. */
public final class LatePlacer implements Placer {

    private final AtomicReference<@Nullable Placer> placer = new AtomicReference<>();

    public void become(Placer real) {
        placer.set(real);
    }

    @Override
    public Choice choose(InstanceId instance, Resources wants, @Nullable String zone, @Nullable HostId only) {
        return real().choose(instance, wants, zone, only);
    }

    @Override
    public List<Choice> chooseAll(List<Search> all) {
        return real().chooseAll(all);
    }

    private Placer real() {
        Placer real = placer.get();
        if (real == null) {
            throw new IllegalStateException("asked for a home before the controller was assembled");
        }
        return real;
    }
}
