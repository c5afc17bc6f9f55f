package io.holdfast.server.agent;

import io.holdfast.compute.HostIntroduction;
import io.holdfast.compute.HypervisorDriver;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.agent.Agent;
import io.holdfast.compute.agent.AgentJournal;
import io.holdfast.compute.agent.DiskLooks;
import io.holdfast.compute.agent.Goodbye;
import io.holdfast.compute.agent.HostFacts;
import io.holdfast.compute.agent.PciDevices;
import io.holdfast.compute.agent.Pulse;
import io.holdfast.compute.agent.RawSlots;
import io.holdfast.compute.agent.Remedies;
import io.holdfast.compute.grpc.GrpcAgentServer;
import io.holdfast.compute.libvirt.HostCells;
import io.holdfast.compute.libvirt.LibvirtDriver;
import io.holdfast.fencing.selffence.SelfFencing;
import io.holdfast.membership.HostRegistration;
import io.holdfast.membership.zookeeper.HostLease;
import io.holdfast.membership.zookeeper.NameCheck;
import io.holdfast.model.FailureDomains;
import io.holdfast.model.HostId;
import io.holdfast.model.HostTopology;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.SecretReader;
import io.holdfast.secrets.TlsKeys;
import io.holdfast.server.Closing;
import io.holdfast.server.agent.health.HostHealth;
import io.holdfast.server.agent.health.LibvirtRestart;
import io.holdfast.server.supervisor.LifeSign;
import io.holdfast.slot.SlotPlace;
import io.holdfast.store.StateDirectory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent, put together.
 *
 * <p>The lease is taken last: whoever sees it may call. It is given back first, so that nobody takes a clean stop for a
 * failure. The guests are not touched by either.
 */
public final class AgentProcess implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AgentProcess.class);

    /** Of the guests of hosts that are suspected, for all controllers. Too large: a storage that hangs keeps as many threads. */
    private static final int DISK_LOOKS_LIMIT = 4;

    private final Closing closing;
    private final HostId host;
    private final int port;
    private final BooleanSupplier leased;

    private AgentProcess(Closing closing, HostId host, int port, BooleanSupplier leased) {
        this.closing = closing;
        this.host = host;
        this.port = port;
        this.leased = leased;
    }

    /**
     * Starts everything; when one part cannot start, those that did are stopped again.
     *
     * @param supervisorPort where the supervisor that has started this agent answers for the host; 0 when nobody watches it
     */
    public static AgentProcess start(AgentProcessSettings settings, SecretReader secrets, int supervisorPort)
            throws IOException {
        // The server for controllers is opened before the lease is.
        NameCheck.switchOff();
        // Before anything is opened: a key file that will not do is told as such.
        secrets.keys();
        TlsKeys tls = new TlsKeys("tls", settings.identity(), secrets);
        HostId host = settings.hostOrName();
        String bootId = HostFacts.bootId(settings.agent());
        SegmentId segment = SegmentId.of(settings.segment());
        Closing closing = new Closing();
        try {
            StateDirectory state = closing.add(StateDirectory.lock(settings.stateDirectory()));
            @Nullable
            LifeSign sign = supervisorPort == 0
                    ? null
                    : closing.add(LifeSign.begin(settings.agent().supervisor().directory(), bootId, supervisorPort));
            AgentJournal journal = closing.add(AgentJournal.open(state.path()));
            HostTopology topology = HostCells.read(settings.agent(), state.path())
                    .with(PciDevices.read(settings.agent(), PciDevices.KERNEL));
            HypervisorDriver driver = closing.add(new LibvirtDriver(settings.agent(), state.path(), topology));
            Agent agent = closing.add(new Agent(host, bootId, driver, journal, settings.agent(), Clock.systemUTC()));
            agent.start();
            DiskLooks disks = closing.add(new DiskLooks(
                    settings.agent().sharedStorage(), settings.agent().instancesDirectory(), DISK_LOOKS_LIMIT));
            RawSlots slots = slots(settings, segment, closing);
            GrpcAgentServer server = closing.add(new GrpcAgentServer(
                    new InetSocketAddress(
                            settings.agent().listenAddress(), settings.agent().port()),
                    tls,
                    agent,
                    new Remedies(
                            agent::describe,
                            Map.of(Remedy.RESTART_LIBVIRT, new LibvirtRestart(settings.health(), state.path()))),
                    disks,
                    slots,
                    ProcessorLoad.ofThisMachine()));
            server.start();
            HostIntroduction introduction =
                    HostFacts.introduction(host, segment, settings.agent(), server.port(), topology);
            String session = UUID.randomUUID().toString();
            Optional<SelfFencing> selfFencing = SelfFencing.open(
                    settings.selfFence(),
                    host,
                    segment,
                    introduction.bootId(),
                    session,
                    state.path(),
                    InstantSource.system());
            // Ends after the lease: as long as that is held, the device has to be petted.
            selfFencing.ifPresent(closing::add);
            HostLease lease = closing.add(HostLease.open(
                    settings.membership(),
                    new HostRegistration(
                            host,
                            segment,
                            introduction.zone(),
                            introduction.bootId(),
                            session,
                            introduction.address(),
                            introduction.port(),
                            introduction.capacity(),
                            new FailureDomains(settings.failureDomains()),
                            supervisorPort,
                            selfFencing.flatMap(SelfFencing::terms).orElse(null),
                            introduction.topology()),
                    tls,
                    () -> Goodbye.guestsMayRun(driver)));
            lease.start();
            HostHealth health = closing.add(HostHealth.of(
                    settings.health(),
                    settings.agent(),
                    host,
                    settings.membership().bindAddress(),
                    state.path()));
            health.start(word -> lease.tell(word, health.goodFor()));
            if (sign != null) {
                new Pulse(agent, server.ear(), sign::beat).start();
            }
            selfFencing.ifPresent(fencing -> fencing.start(lease::confirmedFromNanos));
            log.info("agent of {} ready on {}:{}", host, introduction.address(), server.port());
            return new AgentProcess(closing, host, server.port(), lease::isHeld);
        } catch (IOException | RuntimeException e) {
            closing.closeAfter(e);
            throw e;
        }
    }

    private static RawSlots slots(AgentProcessSettings settings, SegmentId segment, Closing closing) {
        SlotPlace place = settings.selfFence().place();
        return place == null
                ? RawSlots.NONE
                : closing.add(new SlotRelay(place, segment, settings.selfFence().slotDeadline()));
    }

    public int port() {
        return port;
    }

    /** Whether whoever looks for this host finds it by now. */
    boolean holdsLease() {
        return leased.getAsBoolean();
    }

    @Override
    public void close() {
        closing.close();
        log.info("agent of {} stopped; its guests run on", host);
    }
}
