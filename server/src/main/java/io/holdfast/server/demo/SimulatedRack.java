package io.holdfast.server.demo;

import io.holdfast.compute.DriverException;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentJournal;
import io.holdfast.compute.agent.AgentSettings;
import io.holdfast.compute.sim.SimulatedAgents;
import io.holdfast.compute.sim.SimulatedHypervisor;
import io.holdfast.compute.sim.SimulatedStorage;
import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.sim.SimulatedPower;
import io.holdfast.membership.GuestProbe;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.Leadership;
import io.holdfast.membership.Membership;
import io.holdfast.membership.MembershipEvent;
import io.holdfast.membership.PowerProbe;
import io.holdfast.membership.sim.SimulatedSegment;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.PowerState;
import io.holdfast.model.Resources;
import io.holdfast.model.SegmentId;
import io.holdfast.server.Closing;
import io.holdfast.server.controller.ControllerSettings;
import io.holdfast.server.controller.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Hosts in memory, seen by the controller as its world and by the story as things with plugs. */
final class SimulatedRack implements World {

    private final ControllerSettings settings;
    private final Path directory;
    private final Resources each;
    private final SimulatedAgents agents = new SimulatedAgents();
    private final SimulatedSegment segment;
    private final SimulatedPower power;
    private final Map<HostId, Machine> machines = new LinkedHashMap<>();

    private SimulatedRack(ControllerSettings settings, Path directory, Resources each) {
        this.each = each;
        this.settings = settings;
        this.directory = directory;
        this.segment = new SimulatedSegment(settings.membership());
        this.power = SimulatedPower.inRealTime(this::powerChanged);
    }

    static SimulatedRack of(int hosts, Path directory, SimulatedStorage storage, ControllerSettings settings) {
        return of(hosts, new Resources(8, 2048, 100), directory, storage, settings);
    }

    /** @param each what one of the hosts has */
    static SimulatedRack of(
            int hosts, Resources each, Path directory, SimulatedStorage storage, ControllerSettings settings) {
        SimulatedRack rack = new SimulatedRack(settings, directory, each);
        IntStream.rangeClosed(1, hosts).forEach(index -> {
            HostId host = HostId.of("h" + index);
            rack.machines.put(host, new Machine(new SimulatedHypervisor(host, storage)));
        });
        return rack;
    }

    /** What survives a power cycle (the disk with the journal), and what does not (the agent). */
    private static final class Machine {
        private final SimulatedHypervisor hypervisor;
        private Closing running = new Closing();

        private Machine(SimulatedHypervisor hypervisor) {
            this.hypervisor = hypervisor;
        }
    }

    List<HostId> hosts() {
        return List.copyOf(machines.keySet());
    }

    synchronized void powerOnAll() {
        machines.keySet().forEach(this::boot);
    }

    void pullPlug(HostId host) {
        power.losePower(host);
        powerChanged(host, PowerState.OFF);
    }

    void pressPower(HostId host) {
        power.restorePower(host);
        powerChanged(host, PowerState.ON);
    }

    Set<InstanceId> guestsOn(HostId host) {
        try {
            return machine(host).hypervisor.guests().stream()
                    .filter(HypervisorDriver.Guest::running)
                    .map(HypervisorDriver.Guest::instance)
                    .collect(Collectors.toSet());
        } catch (DriverException e) {
            // A host without power has no hypervisor to ask, and runs nothing.
            return Set.of();
        }
    }

    private synchronized void powerChanged(HostId host, PowerState state) {
        Machine machine = machine(host);
        if (state == PowerState.OFF && machine.hypervisor.isPowered()) {
            agents.cut(host);
            segment.cutPower(host);
            machine.hypervisor.losePower();
            agents.detach(host);
            machine.running.close();
        }
        if (state == PowerState.ON && !machine.hypervisor.isPowered()) {
            machine.hypervisor.restorePower();
            agents.heal(host);
            boot(host);
        }
    }

    private void boot(HostId host) {
        Machine machine = machine(host);
        machine.running = new Closing();
        String bootId = UUID.randomUUID().toString();
        try {
            AgentJournal journal = machine.running.add(AgentJournal.open(directory.resolve(host.value())));
            Agent agent = machine.running.add(
                    new Agent(host, bootId, machine.hypervisor, journal, AgentSettings.defaults(), Clock.systemUTC()));
            agent.start();
            agents.attach(agent);
        } catch (IOException e) {
            throw new UncheckedIOException("simulated host " + host + " cannot boot", e);
        }
        segment.join(new HostRegistration(
                host,
                SegmentId.of(settings.segment()),
                "nova",
                bootId,
                UUID.randomUUID().toString(),
                "127.0.0.1",
                1,
                each));
    }

    private Machine machine(HostId host) {
        Machine machine = machines.get(host);
        if (machine == null) {
            throw new IllegalArgumentException("there is no simulated host " + host);
        }
        return machine;
    }

    @Override
    public HostAgents agents() {
        return agents;
    }

    @Override
    public FenceDevices fenceDevices(FenceDevice kdump) {
        Map<HostId, FenceDevice> devices = new HashMap<>();
        machines.keySet().forEach(host -> devices.put(host, power.device(host)));
        return FenceDevices.one(devices);
    }

    @Override
    public String agentTrouble(HostId host) {
        return "";
    }

    @Override
    public Map<HostId, Integer> busyPercents() {
        return Map.of();
    }

    /** There is one controller, so it leads; each start of it with a higher epoch. */
    @Override
    public Leadership leadership(LeaderEpoch atLeast, Supplier<String> address, Leadership.Listener listener) {
        LeaderEpoch epoch = atLeast.next();
        return new Leadership() {
            @Override
            public void start() {
                listener.onElected(epoch);
            }

            @Override
            public Optional<LeaderEpoch> current() {
                return Optional.of(epoch);
            }

            @Override
            public boolean mayAct(SegmentId inSegment, LeaderEpoch asked) {
                return asked.equals(epoch);
            }

            @Override
            public Optional<String> leaderAddress() {
                return Optional.empty();
            }

            @Override
            public void outranked(LeaderEpoch known) {
                throw new IllegalStateException("epoch " + known + " in the database of a controller that is alone");
            }

            @Override
            public void stepAside(boolean aside) {
                throw new IllegalStateException("there is nobody else to lead");
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Membership membership(PowerProbe powerProbe, GuestProbe guests, Consumer<MembershipEvent> sink) {
        // Simulated disks are no files that anybody could look at.
        return Membership.over(
                settings.membership(),
                settings.segmentId(),
                List.of(segment),
                segment,
                powerProbe,
                GuestProbe.NOBODY,
                sink);
    }

    @Override
    public synchronized void close() {
        machines.values().forEach(machine -> machine.running.close());
    }
}
