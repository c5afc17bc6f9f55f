package io.holdfast.compute;

import org.jspecify.annotations.Nullable;

/** Hears of every change of an instance after it is durable. Must not block. */
@FunctionalInterface
public interface InstanceListener {

    /**
     * @param before null when the instance is new
     */
    void changed(@Nullable Instance before, Instance after);
}
