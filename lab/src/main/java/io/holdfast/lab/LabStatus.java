package io.holdfast.lab;

import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is there right now, as the kernel tells it.
 *
 * @param state see {@link State}
 * @param stateDirectory where the lab keeps its files
 * @param controller the first controller
 * @param machines controllers, ZooKeeper servers, the database and the power distribution unit, in the order of the plan
 * @param freezing what freezing a host rests on: {@code v1}, {@code v2} (the cgroup freezers) or {@code none}, which means
 *     SIGSTOP to each process, one after the other
 */
public record LabStatus(
        State state,
        Path stateDirectory,
        List<HostStatus> hosts,
        ControllerStatus controller,
        List<MachineStatus> machines,
        String freezing) {

    /** The lab as a whole. */
    public enum State {
        /** Nothing of it exists. */
        DOWN,
        /** The rack runs. Single hosts may be off. */
        UP,
        /** Something is left of a lab whose rack is gone: {@code down} removes it, {@code up} starts over. */
        CRASHED
    }

    /**
     * One host.
     *
     * @param power {@link PowerState#UNKNOWN} only while the lab is not up
     * @param mgmt the host's cable; down also while the host has no power
     * @param storage its second cable; the same
     * @param tenant its third cable; the same
     * @param oob its BMC's
     * @param initPid pid 1 of the host as the machine numbers it, while it has power
     * @param bmcPid process of its BMC, while it lives
     * @param bmcFault as set last
     * @param outletOn whether the outlet that feeds the host is switched on; so is that of a lab without outlets
     * @param libvirtReady whether something accepts connections on libvirtd's socket
     */
    public record HostStatus(
            HostPlan plan,
            PowerState power,
            boolean frozen,
            Cable mgmt,
            Cable storage,
            Cable tenant,
            Cable oob,
            OptionalLong initPid,
            OptionalLong bmcPid,
            BmcFault bmcFault,
            boolean outletOn,
            boolean libvirtReady) {

        /** The one in this network. */
        public Cable cable(Network network) {
            return switch (network) {
                case MGMT -> mgmt;
                case STORAGE -> storage;
                case TENANT -> tenant;
                case OOB -> oob;
            };
        }

        /** Whether the switch port of the host has link. */
        public boolean mgmtUp() {
            return mgmt != Cable.DOWN;
        }

        /** Whether the switch port of its BMC has link. */
        public boolean oobUp() {
            return oob != Cable.DOWN;
        }
    }

    /**
     * The controller.
     *
     * @param planned whether the plan has a controller command
     * @param pid of its process as the machine numbers it, while it runs
     */
    public record ControllerStatus(boolean planned, OptionalLong pid) {

        public boolean running() {
            return pid.isPresent();
        }
    }

    /**
     * A machine that is not a host.
     *
     * @param address in {@link Network#MGMT}, or in {@link Network#OOB} for one that is only there
     * @param planned whether the plan has a command for it
     * @param pid of its process as the machine numbers it, while it runs
     * @param paused whether that process was stopped where it stands
     * @param linkUp whether its switch port in that network has link
     */
    public record MachineStatus(
            String name, String address, boolean planned, OptionalLong pid, boolean paused, boolean linkUp) {

        public boolean running() {
            return pid.isPresent();
        }
    }

    public Optional<MachineStatus> machine(String name) {
        return machines.stream().filter(one -> one.name().equals(name)).findFirst();
    }

    public Optional<HostStatus> host(HostId host) {
        return hosts.stream().filter(one -> one.plan().host().equals(host)).findFirst();
    }
}
