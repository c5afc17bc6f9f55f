package io.holdfast.chaos.scenario;

import io.holdfast.chaos.scenario.ScenarioEvent.Bmc;
import io.holdfast.chaos.scenario.ScenarioEvent.Direction;
import io.holdfast.chaos.sim.Controller;
import io.holdfast.chaos.sim.Host;
import io.holdfast.chaos.sim.Network;
import io.holdfast.chaos.sim.Network.Net;
import io.holdfast.chaos.sim.Network.Trouble;
import io.holdfast.chaos.sim.PowerDevice;
import io.holdfast.chaos.sim.PowerDevice.Mood;
import io.holdfast.chaos.sim.Staging;
import io.holdfast.chaos.sim.World;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.recovery.core.Armed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes what a scenario says happen to a world. Knows no times: whoever calls it owns them. */
final class Stage {

    private final World world;
    private final Staging staging;
    private final Map<String, InstanceId> instances;
    private final Consumer<String> cannot;
    private final Map<Trouble, Set<String>> troubles = new LinkedHashMap<>();

    /** @param cannot takes what could not happen, for example because nobody leads */
    Stage(World world, Staging staging, Map<String, InstanceId> instances, Consumer<String> cannot) {
        this.world = world;
        this.staging = staging;
        this.instances = instances;
        this.cannot = cannot;
    }

    void act(ScenarioEvent event) {
        switch (event) {
            case ScenarioEvent.PowerLost e -> hosts(e.hosts(), host -> host.losePower("its feed is gone"));
            case ScenarioEvent.PowerBack e -> hosts(e.hosts(), Host::boot);
            case ScenarioEvent.ShutDown e -> staging.shutDown(world.host(e.host()));
            case ScenarioEvent.Hung e -> hosts(e.hosts(), e.hung() ? Host::hang : Host::goOn);
            case ScenarioEvent.Cut e -> cut(e.nodes(), e.traffic(), e.direction(), e.with(), 1);
            case ScenarioEvent.Healed e -> heal(e.nodes(), e.traffic());
            case ScenarioEvent.HealedAll _ -> healAll();
            case ScenarioEvent.Partitioned e -> partition(e);
            case ScenarioEvent.Flapping e -> flap(e, e.total());
            case ScenarioEvent.Lossy e -> {
                heal(e.nodes(), e.traffic());
                if (e.percent() > 0) {
                    cut(e.nodes(), e.traffic(), Direction.BOTH, List.of(), e.percent() / 100.0);
                }
            }
            case ScenarioEvent.StorageStalled e -> storage(e);
            case ScenarioEvent.BmcBehaves e ->
                hosts(e.hosts(), host -> host.bmc().mood(mood(e.behaviour())));
            case ScenarioEvent.DeviceBehaves e ->
                hosts(
                        e.hosts(),
                        host -> e.devices().stream()
                                .map(level -> device(host, level))
                                .filter(device -> host.fencing().stream().anyMatch(level -> level.contains(device)))
                                .forEach(device -> device.mood(mood(e.behaviour()))));
            case ScenarioEvent.Watchdog e -> world.host(e.host()).watchdog(e.armed());
            case ScenarioEvent.Agent e -> agent(world.host(e.host()), e.state());
            case ScenarioEvent.GuestCrashed e -> guest(e.instance(), Host::killGuest);
            case ScenarioEvent.GuestsKilled e -> {
                Host host = world.host(e.host());
                List.copyOf(host.guests()).forEach(guest -> host.killGuest(guest.instance()));
            }
            case ScenarioEvent.StartsFail e -> world.host(e.host()).hypervisor().failStarts(e.times());
            case ScenarioEvent.StopsFail e -> world.host(e.host()).hypervisor().failStops(e.times());
            case ScenarioEvent.Libvirtd e -> world.host(e.host()).hypervisor().up(e.up());
            case ScenarioEvent.Heartbeat e -> staging.heartbeatLost(id(e.instance()), e.lost());
            case ScenarioEvent.GuestStopped e -> guest(e.instance(), Host::stopGuest);
            case ScenarioEvent.ControllerKilled e -> controller(e.controller(), Controller::kill);
            case ScenarioEvent.ControllerStarted e -> controller(e.controller(), Controller::start);
            case ScenarioEvent.ControllerPaused e ->
                controller(e.controller(), controller -> {
                    controller.pause();
                    world.timeline().after(e.pause(), controller::goOn);
                });
            case ScenarioEvent.HandOver _ -> controller("leader", Controller::resign);
            case ScenarioEvent.ZooKeeper e -> world.zooKeeper().quorum(e.up());
            case ScenarioEvent.Database e -> world.weather().up(e.up());
            case ScenarioEvent.Delete e -> world.owners().delete(id(e.instance()));
            case ScenarioEvent.StartAsked e -> world.owners().start(id(e.instance()));
            case ScenarioEvent.StopAsked e -> world.owners().stop(id(e.instance()));
            case ScenarioEvent.Say e -> world.consumers().say(id(e.instance()), e.answer(), e.to());
            case ScenarioEvent.Evacuate e -> staging.evacuate(id(e.instance()), e.to(), e.stopped());
            case ScenarioEvent.Migrate e -> world.operator().migrate(id(e.instance()), e.to());
            case ScenarioEvent.MigrationsFail e -> world.migrations().fail(id(e.instance()), e.times());
            case ScenarioEvent.ForceDown e -> world.operator().forceDown(e.host(), e.fenced());
            case ScenarioEvent.ForceDownCleared e -> world.operator().clearForceDown(e.host());
            case ScenarioEvent.Retry e -> world.operator().retry(e.host());
            case ScenarioEvent.RetryInstance e -> world.operator().retry(id(e.instance()));
            case ScenarioEvent.Abandon e -> world.operator().abandon(e.host());
            case ScenarioEvent.AbandonInstance e -> world.operator().abandon(id(e.instance()));
            case ScenarioEvent.Release e -> world.operator().release(e.host());
            case ScenarioEvent.ConfirmDead e -> world.operator().confirmDead(e.host(), e.overrides());
            case ScenarioEvent.Advised e -> world.database().advise(e.host(), e.kind());
            case ScenarioEvent.HostMaintenance e -> world.operator().maintenance(e.host(), e.on());
            case ScenarioEvent.SegmentMaintenance e -> world.operator().maintenance(e.on());
            case ScenarioEvent.Armed e -> world.operator().arm(armed(e.how()));
            case ScenarioEvent.Enabled e -> {
                if (e.enabled()) {
                    world.operator().enable(e.host());
                } else {
                    world.operator().disable(e.host());
                }
            }
            case ScenarioEvent.End _ -> {}
        }
    }

    private void hosts(List<HostId> hosts, Consumer<Host> what) {
        hosts.forEach(id -> what.accept(world.host(id)));
    }

    private InstanceId id(String instance) {
        InstanceId id = instances.get(instance);
        if (id == null) {
            throw new IllegalStateException("no such instance: " + instance);
        }
        return id;
    }

    private void guest(String instance, BiConsumer<Host, InstanceId> what) {
        InstanceId id = id(instance);
        List<Host> running =
                world.hosts().stream().filter(host -> host.guest(id) != null).toList();
        if (running.isEmpty()) {
            cannot.accept(instance + " runs nowhere, so nothing happens to its guest");
        }
        running.forEach(host -> what.accept(host, id));
    }

    private void agent(Host host, ScenarioEvent.ProcessState state) {
        switch (state) {
            case KILLED -> host.killAgent();
            case STARTED -> host.startAgent();
            case FROZEN -> host.agentHangs(true);
            case THAWED -> host.agentHangs(false);
        }
    }

    private @Nullable Controller controller(String name) {
        return name.equals("leader") ? world.leader() : world.controller(name);
    }

    private void controller(String name, Consumer<Controller> what) {
        Controller controller = controller(name);
        if (controller == null) {
            cannot.accept("nobody leads");
        } else {
            what.accept(controller);
        }
    }

    static Armed armed(Start.Armed how) {
        return switch (how) {
            case ARMED -> Armed.ARMED;
            case FREEZE -> Armed.FREEZE;
            case IGNORE -> Armed.IGNORE;
        };
    }

    static PowerDevice device(Host host, Start.Level level) {
        return switch (level) {
            case BMC -> host.bmc();
            case PDU -> host.outlet();
            case PDU_B -> host.secondOutlet();
            case CHASSIS -> host.chassis();
            case SELF_FENCE -> throw new IllegalStateException("it is no device that switches power");
        };
    }

    static Mood mood(Bmc behaviour) {
        return switch (behaviour) {
            case Bmc.Well _ -> Mood.WELL;
            case Bmc.Silent _ -> Mood.SILENT;
            case Bmc.DiesWithHost _ -> Mood.DEAD_WITH_HOST;
            case Bmc.Late _ -> Mood.LATE;
            case Bmc.Lying _ -> Mood.LYING;
            case Bmc.WrongPassword _ -> Mood.WRONG_CREDENTIALS;
            case Bmc.LosesReplies _ -> Mood.REPLY_LOST;
            case Bmc.ReadsOn _ -> Mood.READS_ON;
        };
    }

    // ---- networks

    private static Net net(Start.Traffic traffic) {
        return switch (traffic) {
            case CONTROL -> Net.MANAGEMENT;
            case STORAGE -> Net.STORAGE;
            case POWER -> Net.POWER;
        };
    }

    /** Everybody who speaks on that net. */
    private Set<String> parties(Net net) {
        Set<String> all = new TreeSet<>();
        switch (net) {
            case MANAGEMENT -> {
                world.hosts().forEach(host -> all.add(host.party()));
                world.controllers().forEach(controller -> all.add(controller.name()));
                all.add(Network.ZOOKEEPER);
                all.add(Network.DATABASE);
            }
            case STORAGE -> {
                world.hosts().forEach(host -> all.add(host.party()));
                world.controllers().forEach(controller -> all.add(controller.name()));
                all.add(Network.STORAGE);
            }
            case POWER -> {
                world.hosts().forEach(host -> {
                    all.add(host.bmc().party());
                    host.fencing().forEach(level -> level.forEach(device -> all.add(device.party())));
                });
                world.controllers().forEach(controller -> all.add(controller.name()));
            }
        }
        return all;
    }

    /** Whoever leads now has a name, and on the power net a host is its own device, the BMC. */
    private Set<String> resolved(List<String> nodes, Net net) {
        Set<String> names = new TreeSet<>();
        for (String node : nodes) {
            String name = node;
            if (node.equals("leader")) {
                Controller leader = world.leader();
                if (leader == null) {
                    cannot.accept("nobody leads");
                    continue;
                }
                name = leader.name();
            }
            boolean host = world.hosts().stream().map(Host::party).anyMatch(name::equals);
            names.add(host && net == Net.POWER ? "bmc-" + name : name);
        }
        return names;
    }

    private List<Trouble> cut(
            List<String> nodes, Set<Start.Traffic> traffic, Direction direction, List<String> with, double loss) {
        List<Trouble> begun = new ArrayList<>();
        for (Start.Traffic each : traffic) {
            Net net = net(each);
            for (String node : resolved(nodes, net)) {
                Set<String> others = with.isEmpty() ? parties(net) : resolved(with, net);
                others.remove(node);
                if (direction != Direction.IN) {
                    begun.add(begin(net, node, Set.of(node), others, loss));
                }
                if (direction != Direction.OUT) {
                    begun.add(begin(net, node, others, Set.of(node), loss));
                }
            }
        }
        return begun;
    }

    private Trouble begin(Net net, String name, Set<String> from, Set<String> to, double loss) {
        Trouble trouble = new Trouble(name, net, from, to, loss, Duration.ZERO);
        world.network().begin(trouble);
        troubles.put(trouble, Set.of(name));
        return trouble;
    }

    private void heal(List<String> nodes, Set<Start.Traffic> traffic) {
        for (Start.Traffic each : traffic) {
            Net net = net(each);
            Set<String> names = resolved(nodes, net);
            for (Map.Entry<Trouble, Set<String>> entry : List.copyOf(troubles.entrySet())) {
                if (entry.getKey().net() == net && entry.getValue().stream().anyMatch(names::contains)) {
                    end(entry.getKey());
                }
            }
        }
    }

    private void healAll() {
        List.copyOf(troubles.keySet()).forEach(this::end);
    }

    private void end(Trouble trouble) {
        troubles.remove(trouble);
        world.network().end(trouble);
    }

    private void partition(ScenarioEvent.Partitioned event) {
        for (Start.Traffic each : event.traffic()) {
            Net net = net(each);
            List<Set<String>> sides = new ArrayList<>();
            event.sides().forEach(side -> sides.add(resolved(side, net)));
            Set<String> unnamed = parties(net);
            sides.forEach(unnamed::removeAll);
            sides.getFirst().addAll(unnamed);
            Set<String> named = new TreeSet<>();
            sides.forEach(named::addAll);
            for (Set<String> one : sides) {
                for (Set<String> other : sides) {
                    if (!one.equals(other)) {
                        Trouble trouble = new Trouble("partition", net, one, other, 1, Duration.ZERO);
                        world.network().begin(trouble);
                        troubles.put(trouble, named);
                    }
                }
            }
        }
    }

    private void flap(ScenarioEvent.Flapping event, Duration left) {
        if (left.isNegative() || left.isZero()) {
            return;
        }
        List<Trouble> down = cut(event.nodes(), event.traffic(), Direction.BOTH, List.of(), 1);
        world.timeline().after(event.period(), () -> {
            boolean still = troubles.keySet().containsAll(down);
            down.forEach(this::end);
            if (still) {
                world.timeline()
                        .after(
                                event.period(),
                                () -> flap(event, left.minus(event.period().multipliedBy(2))));
            }
        });
    }

    private void storage(ScenarioEvent.StorageStalled event) {
        if (event.hosts().size() == world.hosts().size()) {
            world.storage().stalled(event.stalled());
            return;
        }
        List<String> names = event.hosts().stream().map(HostId::value).toList();
        if (event.stalled()) {
            cut(names, Set.of(Start.Traffic.STORAGE), Direction.BOTH, List.of(), 1);
        } else {
            heal(names, Set.of(Start.Traffic.STORAGE));
        }
    }
}
