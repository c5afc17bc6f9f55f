package io.holdfast.placement;

import org.jspecify.annotations.Nullable;

/** An inventory as a client writes it: what it leaves out is as usual, or as the provider says itself. */
public record InventoryWish(
        int total,
        @Nullable Integer reserved,
        @Nullable Integer minUnit,
        @Nullable Integer maxUnit,
        @Nullable Integer stepSize,
        @Nullable Double ratio) {}
