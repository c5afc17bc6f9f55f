package io.holdfast.lab;

import java.util.List;

/**
 * One machine of the lab that is not a host: a controller, a ZooKeeper server, the database, a power distribution unit, a storage machine. It has a network namespace of
 * its own, called {@code lab-NAME}, with its own cables, and runs one program.
 *
 * @param name {@code ctl} for the first controller, {@code ctl-2} and so on for further ones, {@code zk-1} to {@code zk-9}
 *     for ZooKeeper servers, {@code db} for the database, {@code pdu} for the power distribution unit, {@code san}
 *     for the storage machine
 * @param index number of its port at the switch; no host has it
 * @param mgmtAddress IPv4 address in {@link Network#MGMT}; empty for one that is only in another network
 * @param storageAddress IPv4 address in {@link Network#STORAGE}; empty for all but the storage machine
 * @param oobAddress IPv4 address in {@link Network#OOB}; empty for a machine that has no business with BMCs
 * @param command program and arguments; empty for none. Started by {@code up}, never started again by itself
 */
public record MachinePlan(
        String name, int index, String mgmtAddress, String storageAddress, String oobAddress, List<String> command) {

    /** The machine that every lab has, and that is called the controller when there is but one. */
    public static final String FIRST_CONTROLLER = "ctl";

    private static final int MACHINES_PER_KIND_MAX = 9;
    private static final int CONTROLLERS_FROM = 40;
    private static final int DATABASE = 50;
    private static final int ZOOKEEPER_FROM = 50;
    private static final int PDU_INDEX = 60;
    private static final int SAN_INDEX = 61;
    static final String PDU = "pdu";
    static final String SAN = "san";

    public MachinePlan {
        command = List.copyOf(command);
    }

    /** @param number 1 for the first */
    public static MachinePlan controller(int number, List<String> command) {
        requireNumber(number);
        if (number == 1) {
            return new MachinePlan(
                    FIRST_CONTROLLER,
                    0,
                    Network.MGMT.controllerAddress(),
                    "",
                    Network.OOB.controllerAddress(),
                    command);
        }
        int index = CONTROLLERS_FROM + number;
        return new MachinePlan(
                "ctl-" + number, index, Network.MGMT.address(index), "", Network.OOB.address(index), command);
    }

    /** @param number 1 for the first */
    public static MachinePlan zooKeeper(int number, List<String> command) {
        requireNumber(number);
        int index = ZOOKEEPER_FROM + number;
        return new MachinePlan("zk-" + number, index, Network.MGMT.address(index), "", "", command);
    }

    public static MachinePlan database(List<String> command) {
        return new MachinePlan("db", DATABASE, Network.MGMT.address(DATABASE), "", "", command);
    }

    /**
     * The power distribution unit: an outlet for each host, which speaks IPMI as if it were a chassis of its own, at the
     * port {@link HostPlan#outletPort}.
     */
    static MachinePlan pdu(List<String> command) {
        return new MachinePlan(PDU, PDU_INDEX, "", "", Network.OOB.address(PDU_INDEX), command);
    }

    /** The storage machine: see {@link NetworkStorage}. */
    static MachinePlan san(List<String> command) {
        return new MachinePlan(SAN, SAN_INDEX, "", Network.STORAGE.address(SAN_INDEX), "", command);
    }

    /** Where it is found: in {@link #network}. */
    public String address() {
        return address(network());
    }

    /** The network of its first cable. */
    public Network network() {
        return !mgmtAddress.isEmpty() ? Network.MGMT : !storageAddress.isEmpty() ? Network.STORAGE : Network.OOB;
    }

    /** Its address there; empty where it has no cable. */
    String address(Network network) {
        return switch (network) {
            case MGMT -> mgmtAddress;
            case STORAGE -> storageAddress;
            case TENANT -> "";
            case OOB -> oobAddress;
        };
    }

    public boolean isController() {
        return name.equals(FIRST_CONTROLLER) || name.startsWith("ctl-");
    }

    /** Whether a name could be one of these, so that no host may have it. */
    static boolean isReserved(String name) {
        return List.of("db", PDU, SAN, FIRST_CONTROLLER).contains(name)
                || name.startsWith("ctl-")
                || name.startsWith("zk-");
    }

    private static void requireNumber(int number) {
        if (number < 1 || number > MACHINES_PER_KIND_MAX) {
            throw new IllegalArgumentException(
                    "a lab has between 1 and " + MACHINES_PER_KIND_MAX + " machines of a kind, not number " + number);
        }
    }
}
