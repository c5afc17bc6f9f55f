package io.holdfast.fencing.ipmi;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.PowerState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.metricshub.ipmi.core.api.async.ConnectionHandle;
import org.metricshub.ipmi.core.api.sync.IpmiConnector;
import org.metricshub.ipmi.core.coding.commands.IpmiVersion;
import org.metricshub.ipmi.core.coding.commands.PrivilegeLevel;
import org.metricshub.ipmi.core.coding.commands.chassis.ChassisControl;
import org.metricshub.ipmi.core.coding.commands.chassis.GetChassisStatus;
import org.metricshub.ipmi.core.coding.commands.chassis.GetChassisStatusResponseData;
import org.metricshub.ipmi.core.coding.commands.chassis.PowerCommand;
import org.metricshub.ipmi.core.coding.commands.session.SetSessionPrivilegeLevel;
import org.metricshub.ipmi.core.coding.payload.lan.IPMIException;
import org.metricshub.ipmi.core.coding.protocol.AuthenticationType;
import org.metricshub.ipmi.core.coding.security.CipherSuite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One BMC that cuts and reads the power of one host.
 *
 * <p><b>Intuition.</b> The library is treated as something that may hang: each session runs in a worker thread, and when
 * its time is up the worker is interrupted, its socket closed, and the answer is "no answer".
 *
 * <p><b>What the library does not say.</b> It keeps the first reason of a failed login to itself and reports the state it
 * was stuck in. What we make of it: stuck while opening or in the first key exchange means that the BMC answered and
 * said no (user, password or suite); stuck in the second is a known race in the library, and is tried once more. A
 * login is never repeated for any other reason, because each one counts towards a lock-out of the account.
 *
 * <p>Any thread may call; calls do not share anything.
 */
public final class IpmiDevice implements FenceDevice {

    private static final Logger LOG = LoggerFactory.getLogger(IpmiDevice.class);

    /** A BMC answers within some tens of milliseconds; a datagram not answered in this time is taken as lost. */
    private static final int MESSAGE_TIMEOUT_MILLIS_MAX = 1000;

    /** Kept back at the end of a call, to look at the port and name the reason. */
    private static final Duration LOOK_AT_PORT = Duration.ofMillis(150);

    private final String address;
    private final int port;
    private final String user;
    private final String password;
    private final int cipherSuite;
    private final PrivilegeLevel privilege;

    /**
     * @param password the password itself; never part of a message
     * @param cipherSuite 3 or 17
     */
    public IpmiDevice(
            String address,
            int port,
            String user,
            String password,
            int cipherSuite,
            FencingSettings.Privilege privilege) {
        this.address = address;
        this.port = port;
        this.user = user;
        this.password = password;
        this.cipherSuite = cipherSuite;
        this.privilege = switch (privilege) {
            case OPERATOR -> PrivilegeLevel.Operator;
            case ADMINISTRATOR -> PrivilegeLevel.Administrator;
        };
    }

    /** What a session ended with. */
    private sealed interface Outcome {}

    private record Status(boolean on) implements Outcome {}

    private record Done() implements Outcome {}

    private record Refused(String why) implements Outcome {}

    private record Silent(String why) implements Outcome {}

    /** One conversation over an open session. */
    private interface Talk {
        Outcome with(IpmiConnector connector, ConnectionHandle handle, CipherSuite suite) throws Exception;
    }

    @Override
    public String name() {
        return "ipmi " + address + ":" + port;
    }

    @Override
    public PowerReading readPower(Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = converse(IpmiDevice::readStatus, deadline);
        Duration took = since(startNanos);
        return switch (outcome) {
            case Status status ->
                new PowerReading(
                        status.on ? PowerState.ON : PowerState.OFF,
                        "chassis power is " + (status.on ? "on" : "off"),
                        took);
            case Done _ -> new PowerReading(PowerState.UNKNOWN, "the answer holds no power state", took);
            case Refused refused -> new PowerReading(PowerState.UNKNOWN, refused.why, took);
            case Silent silent -> new PowerReading(PowerState.UNKNOWN, silent.why, took);
        };
    }

    @Override
    public PowerOrder powerOff(Duration deadline) {
        long startNanos = System.nanoTime();
        Outcome outcome = converse(IpmiDevice::orderOff, deadline);
        Duration took = since(startNanos);
        return switch (outcome) {
            case Done _ -> new PowerOrder(PowerOrder.Answer.ACCEPTED, "chassis power down accepted", took);
            case Status _ -> new PowerOrder(PowerOrder.Answer.NO_ANSWER, "the answer is to another question", took);
            case Refused refused -> new PowerOrder(PowerOrder.Answer.REFUSED, refused.why, took);
            case Silent silent -> new PowerOrder(PowerOrder.Answer.NO_ANSWER, silent.why, took);
        };
    }

    private static Outcome readStatus(IpmiConnector connector, ConnectionHandle handle, CipherSuite suite)
            throws Exception {
        var answer = connector.sendMessage(
                handle, new GetChassisStatus(IpmiVersion.V20, suite, AuthenticationType.RMCPPlus));
        return answer instanceof GetChassisStatusResponseData status
                ? new Status(status.isPowerOn())
                : new Silent("garbled: the answer to \"get chassis status\" cannot be read");
    }

    private static Outcome orderOff(IpmiConnector connector, ConnectionHandle handle, CipherSuite suite)
            throws Exception {
        connector.sendMessage(
                handle,
                new ChassisControl(IpmiVersion.V20, suite, AuthenticationType.RMCPPlus, PowerCommand.PowerDown));
        return new Done();
    }

    private Outcome converse(Talk talk, Duration deadline) {
        long startNanos = System.nanoTime();
        boolean roomToLook = deadline.compareTo(LOOK_AT_PORT.multipliedBy(3)) > 0;
        Duration forSession = roomToLook ? deadline.minus(LOOK_AT_PORT) : deadline;
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        AtomicReference<@Nullable IpmiConnector> open = new AtomicReference<>();
        Thread worker = Thread.ofPlatform().daemon().name("fence-" + name()).unstarted(() -> {
            try {
                answer.complete(sessions(talk, forSession, open, answer));
            } catch (Throwable e) {
                // Whatever a library throws at us is an answer of the world; the waiting thread must learn of it.
                answer.completeExceptionally(e);
            }
        });
        worker.start();
        try {
            return answer.get(forSession.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return new Silent(lookAtPort(startNanos, deadline, roomToLook));
        } catch (ExecutionException e) {
            return new Silent("defect in the IPMI library: " + e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Silent("interrupted while waiting for the answer");
        } finally {
            if (!answer.isDone()) {
                answer.cancel(false);
                worker.interrupt();
                tearDown(open.getAndSet(null));
            }
        }
    }

    /** Once, and once more after the library's race. */
    private Outcome sessions(
            Talk talk,
            Duration limit,
            AtomicReference<@Nullable IpmiConnector> open,
            CompletableFuture<Outcome> answer) {
        for (int attempt = 1; ; attempt++) {
            try {
                return session(talk, limit, open, answer);
            } catch (UnknownHostException e) {
                return new Silent("unreachable: the name " + address + " cannot be resolved");
            } catch (IOException e) {
                return new Silent("unreachable: " + e.getMessage());
            } catch (IPMIException e) {
                return new Refused("refused: " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Silent("interrupted");
            } catch (Exception e) {
                String message = String.valueOf(e.getMessage());
                if (message.contains("Rakp3Waiting") && attempt == 1 && !answer.isDone()) {
                    continue;
                }
                return classify(message);
            }
        }
    }

    private Outcome session(
            Talk talk, Duration limit, AtomicReference<@Nullable IpmiConnector> open, CompletableFuture<Outcome> answer)
            throws Exception {
        InetAddress target = InetAddress.getByName(address);
        CipherSuite suite = suite();
        IpmiConnector connector = new IpmiConnector(0);
        open.set(connector);
        try {
            if (answer.isDone()) {
                // The caller gave up before it could see the connector.
                return new Silent("given up");
            }
            ConnectionHandle handle = connector.createConnection(target, port, suite, privilege);
            connector.setTimeout(handle, Math.clamp(limit.toMillis() / 3, 50, MESSAGE_TIMEOUT_MILLIS_MAX));
            connector.openSession(handle, user, password, null);
            try {
                // A session opened this way has user privilege, whatever was asked for.
                connector.sendMessage(
                        handle,
                        new SetSessionPrivilegeLevel(IpmiVersion.V20, suite, AuthenticationType.RMCPPlus, privilege));
                Outcome outcome = talk.with(connector, handle, suite);
                // The caller need not wait for our good manners.
                answer.complete(outcome);
                return outcome;
            } finally {
                // A BMC has few session slots; one that is not closed is taken for a minute.
                closeQuietly(connector, handle);
            }
        } finally {
            open.set(null);
            tearDown(connector);
        }
    }

    private static Outcome classify(String message) {
        if (message.contains("timed out")) {
            return new Silent("timed out: the device does not answer");
        }
        if (message.contains("Rakp1Waiting")
                || message.contains("OpenSessionWaiting")
                || message.contains("Rakp3Waiting")) {
            return new Refused("refused login: wrong user, password or cipher suite");
        }
        return new Silent("no usable answer: " + message.toLowerCase(Locale.ROOT));
    }

    private String lookAtPort(long startNanos, Duration deadline, boolean roomToLook) {
        String late = "timed out: the device does not answer";
        Duration left = deadline.minus(since(startNanos));
        return roomToLook && left.compareTo(Duration.ofMillis(10)) > 0
                ? PortProbe.look(address, port, left.minusMillis(5)).orElse(late)
                : late;
    }

    private CipherSuite suite() {
        return cipherSuite == 17
                ? new CipherSuite((byte) 17, (byte) 3, (byte) 1, (byte) 4)
                : new CipherSuite((byte) 3, (byte) 1, (byte) 1, (byte) 1);
    }

    private static void closeQuietly(IpmiConnector connector, ConnectionHandle handle) {
        try {
            connector.closeSession(handle);
        } catch (Exception e) {
            // The answer is known already; the BMC will time the session out by itself.
            LOG.debug("session not closed: {}", e.toString());
        } finally {
            connector.closeConnection(handle);
        }
    }

    private static void tearDown(@Nullable IpmiConnector connector) {
        if (connector != null) {
            connector.tearDown();
        }
    }

    private static Duration since(long startNanos) {
        return Duration.ofNanos(System.nanoTime() - startNanos);
    }

    @Override
    public String toString() {
        return name();
    }
}
