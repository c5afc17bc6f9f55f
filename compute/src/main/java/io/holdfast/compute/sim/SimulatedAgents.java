package io.holdfast.compute.sim;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ComputeHost;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.DriverException;
import io.holdfast.compute.HostAgents;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentWatcher;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The controller's line to agents in the same process, without a network, with links that can be cut.
 *
 * <p>A host without an agent refuses a connection at once; a cut link is silent until the deadline, and an answer that
 * was under way when the link was cut is lost although the order arrived. Safe for several threads.
 */
public final class SimulatedAgents implements HostAgents {

    @GuardedBy("this")
    private final Map<HostId, Agent> agents = new HashMap<>();

    @GuardedBy("this")
    private final Set<HostId> cut = new HashSet<>();

    @GuardedBy("this")
    private final List<Watch> watches = new ArrayList<>();

    /** The agent of a host begins to listen. Whoever watches the host is told everything again. */
    public void attach(Agent agent) {
        List<Watch> affected;
        synchronized (this) {
            agents.put(agent.host(), agent);
            affected = watchesOf(agent.host());
        }
        affected.forEach(watch -> watch.reconnect(reachable(agent.host())));
    }

    /** The agent of a host is gone: its process died, or its host did. */
    public void detach(HostId host) {
        List<Watch> affected;
        synchronized (this) {
            agents.remove(host);
            affected = watchesOf(host);
        }
        affected.forEach(watch -> watch.reconnect(null));
    }

    /** Nothing passes to or from the host any more, silently. */
    public void cut(HostId host) {
        List<Watch> affected;
        synchronized (this) {
            cut.add(host);
            affected = watchesOf(host);
        }
        affected.forEach(watch -> watch.reconnect(null));
    }

    public void heal(HostId host) {
        List<Watch> affected;
        synchronized (this) {
            cut.remove(host);
            affected = watchesOf(host);
        }
        affected.forEach(watch -> watch.reconnect(reachable(host)));
    }

    @Override
    public AgentAnswer adopt(ComputeHost host, AdoptOrder order, Duration deadline) {
        return call(host.id(), deadline, agent -> agent.adopt(order, deadline));
    }

    @Override
    public AgentAnswer apply(ComputeHost host, InstanceOrder order, Duration deadline) {
        return call(host.id(), deadline, agent -> agent.apply(order, deadline));
    }

    /** A simulated host has no daemon that could be started again. */
    @Override
    public RemedyAnswer mend(ComputeHost host, RemedyOrder order, Duration deadline) {
        return reachable(host.id()) == null
                ? new RemedyAnswer.NoAnswer("host " + host.id() + " cannot be reached")
                : new RemedyAnswer.Refused("simulated host " + host.id() + " knows no way to do " + order.remedy());
    }

    /** Simulated disks have no file that could be looked at. */
    @Override
    public DiskLookAnswer look(ComputeHost host, DiskLook look, Duration deadline) {
        return reachable(host.id()) == null
                ? new DiskLookAnswer.Unknown("host " + host.id() + " cannot be reached")
                : new DiskLookAnswer.Looked(look.disks().stream()
                        .map(disk -> DiskSight.unseen(disk, "a simulated disk is no file"))
                        .toList());
    }

    @Override
    public ConsoleAnswer console(ComputeHost host, InstanceId instance, int bytesMax, Duration deadline) {
        Agent agent = reachable(host.id());
        if (agent == null) {
            return new ConsoleAnswer.Unknown("host " + host.id() + " cannot be reached");
        }
        try {
            return new ConsoleAnswer.Written(new String(agent.console(instance, bytesMax), StandardCharsets.UTF_8));
        } catch (DriverException e) {
            return new ConsoleAnswer.Unknown(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public DiagnosticsAnswer diagnose(ComputeHost host, InstanceId instance, Duration deadline) {
        Agent agent = reachable(host.id());
        if (agent == null) {
            return new DiagnosticsAnswer.Unknown("host " + host.id() + " cannot be reached");
        }
        try {
            return new DiagnosticsAnswer.Known(agent.diagnostics(instance));
        } catch (DriverException e) {
            return new DiagnosticsAnswer.Unknown(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public SlotsAnswer slots(ComputeHost host, Duration deadline) {
        return new SlotsAnswer.Unknown("simulated host " + host.id() + " has no slot device");
    }

    @Override
    public boolean prepare(ComputeHost host, Duration deadline) {
        return reachable(host.id()) != null;
    }

    @Override
    public AutoCloseable watch(ComputeHost host, Consumer<InstanceReport> reports) {
        Watch watch = new Watch(host.id(), reports);
        synchronized (this) {
            watches.add(watch);
        }
        watch.reconnect(reachable(host.id()));
        return () -> {
            synchronized (this) {
                watches.remove(watch);
            }
            watch.reconnect(null);
        };
    }

    private AgentAnswer call(HostId host, Duration deadline, Function<Agent, AgentAnswer> order) {
        long until = System.nanoTime() + deadline.toNanos();
        boolean silent;
        Agent agent;
        synchronized (this) {
            silent = cut.contains(host);
            agent = agents.get(host);
        }
        if (!silent) {
            if (agent == null) {
                return new AgentAnswer.NoAnswer("host " + host + " refuses the connection");
            }
            AgentAnswer answer = order.apply(agent);
            synchronized (this) {
                if (!cut.contains(host)) {
                    return agents.get(host) == agent
                            ? answer
                            : new AgentAnswer.NoAnswer("host " + host + " closed the connection");
                }
            }
        }
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.currentThread().isInterrupted()) {
                return new AgentAnswer.NoAnswer("interrupted while waiting for host " + host);
            }
        }
        return new AgentAnswer.NoAnswer("host " + host + " did not answer within " + deadline);
    }

    private synchronized @Nullable Agent reachable(HostId host) {
        return cut.contains(host) ? null : agents.get(host);
    }

    private synchronized List<Watch> watchesOf(HostId host) {
        return watches.stream().filter(watch -> watch.host.equals(host)).toList();
    }

    /** One consumer's watch over whatever agent its host has at the moment. */
    private static final class Watch {
        final HostId host;
        private final Consumer<InstanceReport> reports;

        @GuardedBy("this")
        private @Nullable AutoCloseable connection;

        Watch(HostId host, Consumer<InstanceReport> reports) {
            this.host = host;
            this.reports = reports;
        }

        synchronized void reconnect(@Nullable Agent agent) {
            if (connection != null) {
                try {
                    connection.close();
                } catch (Exception e) {
                    throw new IllegalStateException("closing a watch of an agent in this process cannot fail", e);
                }
                connection = null;
            }
            if (agent != null) {
                connection = agent.watch(new AgentWatcher() {
                    @Override
                    public void reported(InstanceReport report) {
                        reports.accept(report);
                    }

                    @Override
                    public void troubled(String trouble) {}
                });
            }
        }
    }
}
