package io.holdfast.placement;

/** A request that cannot be met, with a problem for programs and a message for people. */
public final class PlacementException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Problem problem;

    public PlacementException(Problem problem, String message) {
        super(message, null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }

    /** What is in the way. */
    public enum Problem {
        NOT_FOUND,
        /** The request itself is wrong. */
        INVALID,
        /** It contradicts what is there: no room, or somebody else's to change. */
        CONFLICT,
        /** Somebody changed it since it was read; read it again. */
        CONCURRENT_UPDATE,
        /** Consumers have allocations of it. */
        INVENTORY_IN_USE,
        DUPLICATE_NAME,
        /** Consumers have allocations of the provider. */
        PROVIDER_IN_USE,
        /** Others are parts of the provider. */
        PROVIDER_HAS_PARTS,
        /** There are as many as there may be. */
        LIMIT
    }
}
