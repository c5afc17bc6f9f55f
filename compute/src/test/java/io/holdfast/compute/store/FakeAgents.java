package io.holdfast.compute.store;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Agents that keep what they were told, refuse what is old, and can fall silent or refuse to start. */
final class FakeAgents implements HostAgents {

    private final Map<HostId, FakeAgent> agents = new ConcurrentHashMap<>();

    FakeAgent at(String host) {
        return agents.computeIfAbsent(HostId.of(host), id -> new FakeAgent());
    }

    @Override
    public AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline) {
        return at(host.id().value()).adopt(order);
    }

    @Override
    public AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline) {
        return at(host.id().value()).apply(order);
    }

    @Override
    public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
        return new RemedyAnswer.Refused("a fake agent mends nothing");
    }

    @Override
    public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
        return new DiskLookAnswer.Unknown("a fake agent sees nothing");
    }

    @Override
    public DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline) {
        FakeAgent agent = at(host.id().value());
        return !agent.silent && agent.hasGuest(instance)
                ? new DiagnosticsAnswer.Known(
                        new Diagnostics("running", "qemu", List.of(), 0, Diagnostics.UNKNOWN, List.of(), List.of()))
                : new DiagnosticsAnswer.Unknown("it does not run here");
    }

    @Override
    public ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline) {
        return new ConsoleAnswer.Written("fake console of " + instance);
    }

    @Override
    public SlotsAnswer slots(ComputeHost host, Duration deadline) {
        return new SlotsAnswer.Unknown("a fake agent reads nothing");
    }

    @Override
    public boolean prepare(ComputeHost host, Duration deadline) {
        FakeAgent agent = at(host.id().value());
        agent.prepared.incrementAndGet();
        return !agent.silent;
    }

    @Override
    public AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports) {
        return at(host.id().value()).watch(reports);
    }

    static final class FakeAgent {

        /** Set by tests from any thread. */
        volatile boolean silent;

        volatile @Nullable String refusesToStart;
        volatile @Nullable String refusesToHold;
        volatile boolean breaksOnWatch;
        /** Runs while an order is being answered, before the answer is given. */
        volatile Runnable meanwhile = () -> {};

        final List<InstanceOrder> orders = new CopyOnWriteArrayList<>();
        final AtomicInteger prepared = new AtomicInteger();
        final List<AdoptOrder> adoptions = new CopyOnWriteArrayList<>();
        private final List<Consumer<InstanceReport>> watchers = new CopyOnWriteArrayList<>();
        private final Map<InstanceId, InstanceReport> has = new LinkedHashMap<>();
        private final Set<InstanceId> brought = new HashSet<>();
        private long epoch;
        private long leader;
        private long tick;

        AgentAnswer adopt(AdoptOrder order) {
            meanwhile.run();
            synchronized (this) {
                if (silent) {
                    return new AgentAnswer.NoAnswer("nobody there");
                }
                if (old(order.hostEpoch().value(), order.leader().value())) {
                    return new AgentAnswer.Stale("knows epoch " + epoch + " and leader " + leader);
                }
                adoptions.add(order);
                List<InstanceId> mine =
                        order.owned().stream().map(InstanceOrder::instance).toList();
                List<InstanceId> strangers =
                        has.keySet().stream().filter(id -> !mine.contains(id)).toList();
                has.keySet().removeAll(strangers);
                order.owned().forEach(this::converge);
                return new AgentAnswer.Accepted(List.copyOf(has.values()), strangers);
            }
        }

        AgentAnswer apply(InstanceOrder order) {
            meanwhile.run();
            synchronized (this) {
                orders.add(order);
                if (silent) {
                    return new AgentAnswer.NoAnswer("nobody there");
                }
                InstanceReport known = has.get(order.instance());
                if (old(order.hostEpoch().value(), order.leader().value())
                        || (known != null && order.generation().isOlderThan(known.generation()))) {
                    return new AgentAnswer.Stale("knows a newer generation, epoch or leader");
                }
                if (refusesToStart != null && order.goal() == InstanceGoal.RUNNING) {
                    return new AgentAnswer.Refused(refusesToStart);
                }
                boolean hold = order.goal() == InstanceGoal.PAUSED || order.goal() == InstanceGoal.SUSPENDED;
                if (refusesToHold != null && hold) {
                    return new AgentAnswer.Refused(refusesToHold);
                }
                return new AgentAnswer.Accepted(List.of(converge(order)), List.of());
            }
        }

        private boolean old(long orderEpoch, long orderLeader) {
            if (orderEpoch < epoch || orderLeader < leader) {
                return true;
            }
            epoch = orderEpoch;
            leader = orderLeader;
            return false;
        }

        private InstanceReport converge(InstanceOrder order) {
            ActualState reached = switch (order.goal()) {
                case RUNNING -> ActualState.RUNNING;
                case STOPPED -> ActualState.STOPPED;
                case PAUSED -> ActualState.PAUSED;
                case SUSPENDED -> ActualState.SUSPENDED;
                case DELETED -> ActualState.DELETED;
            };
            InstanceReport report = report(order.instance(), order.generation(), reached, "");
            has.put(order.instance(), report);
            return report;
        }

        private synchronized InstanceReport report(
                InstanceId instance, Generation generation, ActualState actual, String detail) {
            // Its own clock, which has nothing to do with the controller's.
            return new InstanceReport(instance, generation, actual, false, detail, Instant.ofEpochSecond(++tick));
        }

        /** Its guest says that it is healthy, and the watch tells. */
        void comesUp(InstanceId instance) {
            InstanceReport said;
            synchronized (this) {
                InstanceReport runs = has.get(instance);
                said = new InstanceReport(
                        instance, runs.generation(), ActualState.RUNNING, true, "", Instant.ofEpochSecond(++tick));
                has.put(instance, said);
            }
            watchers.forEach(watcher -> watcher.accept(said));
        }

        /** Something happens on the host, and the watch tells. */
        void happens(InstanceId instance, ActualState actual, String detail) {
            InstanceReport said;
            synchronized (this) {
                said = report(instance, has.get(instance).generation(), actual, detail);
                has.put(instance, said);
            }
            watchers.forEach(watcher -> watcher.accept(said));
        }

        /** It knows of a newer generation, as after a withdrawal whose confirmation was lost. */
        synchronized void knows(InstanceId instance, Generation generation) {
            has.put(instance, report(instance, generation, ActualState.STOPPED, ""));
        }

        synchronized boolean runs(InstanceId instance) {
            InstanceReport report = has.get(instance);
            return report != null && report.actual() == ActualState.RUNNING;
        }

        /** Somebody else brings a guest here, which nobody owns. */
        synchronized void isBrought(InstanceId instance) {
            brought.add(instance);
        }

        /** Somebody else takes its guest away. */
        synchronized void loses(InstanceId instance) {
            InstanceReport before = has.get(instance);
            has.put(instance, report(instance, before.generation(), ActualState.FAILED, "moved to another host"));
        }

        synchronized boolean hasGuest(InstanceId instance) {
            return brought.contains(instance) || runs(instance);
        }

        /** Guests it has, whoever owns them. */
        synchronized List<InstanceId> guests() {
            return new ArrayList<>(has.keySet());
        }

        int watched() {
            return watchers.size();
        }

        AutoCloseable watch(Consumer<InstanceReport> reports) {
            if (breaksOnWatch) {
                throw new IllegalStateException("no route in the fake");
            }
            List<InstanceReport> all;
            synchronized (this) {
                all = List.copyOf(has.values());
                watchers.add(reports);
            }
            all.forEach(reports);
            return () -> watchers.remove(reports);
        }
    }
}
