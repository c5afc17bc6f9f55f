package io.holdfast.lab;

import io.holdfast.model.HostId;

/**
 * Where a host is.
 *
 * @param host its name, and its hostname inside
 * @param index 1 for the first host of the plan
 * @param mgmtAddress IPv4 address of the host in {@link Network#MGMT}
 * @param storageAddress IPv4 address of the host in {@link Network#STORAGE}
 * @param tenantAddress IPv4 address of the host in {@link Network#TENANT}
 * @param bmcAddress IPv4 address of its BMC in {@link Network#OOB}; IPMI over RMCP+ at UDP port 623
 * @param outletPort UDP port of its outlet at the {@link MachinePlan#pdu}, where the lab has one
 */
public record HostPlan(
        HostId host,
        int index,
        String mgmtAddress,
        String storageAddress,
        String tenantAddress,
        String bmcAddress,
        int outletPort) {

    private static final int OUTLETS_FROM = 6230;

    /** Where it is in this network; in {@link Network#OOB} its BMC. */
    public String address(Network network) {
        return switch (network) {
            case MGMT -> mgmtAddress;
            case STORAGE -> storageAddress;
            case TENANT -> tenantAddress;
            case OOB -> bmcAddress;
        };
    }

    static HostPlan of(HostId host, int index) {
        return new HostPlan(
                host,
                index,
                Network.MGMT.hostAddress(index),
                Network.STORAGE.hostAddress(index),
                Network.TENANT.hostAddress(index),
                Network.OOB.hostAddress(index),
                OUTLETS_FROM + index);
    }
}
