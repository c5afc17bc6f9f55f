package io.holdfast.network;

/** A request to the network that cannot be met, with a problem for programs and a message for people. */
public final class NetworkException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Problem problem;

    public NetworkException(Problem problem, String message) {
        super(message, null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }

    /** What is in the way. */
    public enum Problem {
        NETWORK_NOT_FOUND,
        SUBNET_NOT_FOUND,
        PORT_NOT_FOUND,
        GROUP_NOT_FOUND,
        RULE_NOT_FOUND,
        /** It still has ports. */
        NETWORK_IN_USE,
        /** Ports have addresses of it. */
        SUBNET_IN_USE,
        /** An instance has it. */
        PORT_IN_USE,
        /** Ports are in it, or a rule names it. */
        GROUP_IN_USE,
        /** The project's default group cannot be deleted. */
        DEFAULT_GROUP,
        RULE_EXISTS,
        /** Another network has this physical network. */
        PHYSICAL_NETWORK_TAKEN,
        /** Another port has this address. */
        ADDRESS_TAKEN,
        /** No address of the pools is free. */
        ADDRESSES_EXHAUSTED,
        /** No port may have this address: it is not in the subnet, or is its network, broadcast or gateway. */
        ADDRESS_INVALID,
        MAC_TAKEN,
        /** A range touches another that it must not, or the gateway. */
        OVERLAP,
        /** The project has as many as it may. */
        QUOTA,
        /** The project may use several networks, and none was named. */
        AMBIGUOUS,
        /** The project may use no network. */
        NO_NETWORK,
        /** The request itself is wrong. */
        INVALID
    }
}
