package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Completion;
import io.holdfast.fencing.ipmi.rmcp.GarbledException;
import io.holdfast.fencing.ipmi.rmcp.Handshake;
import io.holdfast.fencing.ipmi.rmcp.Handshake.OpenRequest;
import io.holdfast.fencing.ipmi.rmcp.Handshake.OpenResponse;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp1;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp2;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp3;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp4;
import io.holdfast.fencing.ipmi.rmcp.IpmiMessage;
import io.holdfast.fencing.ipmi.rmcp.KeyExchange;
import io.holdfast.fencing.ipmi.rmcp.Packet;
import io.holdfast.fencing.ipmi.rmcp.Privilege;
import io.holdfast.fencing.ipmi.rmcp.ReplayWindow;
import io.holdfast.fencing.ipmi.rmcp.SessionKeys;
import io.holdfast.fencing.ipmi.rmcp.Status;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated BMC does with a datagram. No socket and no clock: time and chance are arguments. One thread at a time.
 *
 * <p>It is of the awkward kind where the specification leaves a choice, because consoles must live with those: each copy of an
 * Open Session Request makes another half-open session, each copy of RAKP 1 new random numbers, of which only the last count,
 * and a proof that does not fit ends the half-open session.
 */
final class BmcMind {

    /** A session that nobody uses ends (section 6.12.15: 60 s). */
    private static final long SESSION_NANOS = Duration.ofSeconds(60).toNanos();

    /** Half-open sessions; with more, the oldest is forgotten. */
    private static final int HALF_OPEN_MAX = 8;

    private static final int CHANNEL = 1;

    private final BmcIdentity identity;
    private final Chassis chassis;
    private final SensorBank sensors;
    private final RandomGenerator random;
    private final Map<Integer, HalfOpen> halfOpen = new LinkedHashMap<>();
    private final Map<Integer, Session> sessions = new LinkedHashMap<>();

    /** A session before RAKP 3. */
    private static final class HalfOpen {
        final int consoleId;
        final Suite suite;
        final int privilege;
        BmcIdentity.@Nullable User user;

        @Nullable
        KeyExchange exchange;

        HalfOpen(int consoleId, Suite suite, int privilege) {
            this.consoleId = consoleId;
            this.suite = suite;
            this.privilege = privilege;
        }
    }

    private static final class Session {
        final int consoleId;
        final SessionKeys keys;
        final Bytes proof;
        final BmcIdentity.User user;
        final int privilegeMax;
        int privilege = Privilege.USER.level();
        int sent;
        ReplayWindow window = ReplayWindow.EMPTY;
        long usedAt;

        @Nullable
        IpmiMessage lastRequest;

        @Nullable
        IpmiMessage lastResponse;

        Session(int consoleId, SessionKeys keys, Bytes proof, BmcIdentity.User user, int privilegeMax, long usedAt) {
            this.consoleId = consoleId;
            this.keys = keys;
            this.proof = proof;
            this.user = user;
            this.privilegeMax = privilegeMax;
            this.usedAt = usedAt;
        }
    }

    BmcMind(BmcIdentity identity, Chassis chassis, RandomGenerator random) {
        this.identity = identity;
        this.chassis = chassis;
        this.sensors = new SensorBank(chassis.hardware());
        this.random = random;
    }

    /** How many sessions are open. */
    int openSessions(long now) {
        forgetUnused(now);
        return sessions.size();
    }

    /** The answer to a datagram, or nothing. */
    Optional<Bytes> answer(Bytes datagram, BmcFaults faults, long now) {
        forgetUnused(now);
        try {
            return switch (Packet.decode(datagram)) {
                case Packet.Ping ping -> Optional.of(new Packet.Pong(ping.tag()).encode());
                case Packet.Pong _ -> Optional.empty();
                case Packet.Bare bare -> bare(IpmiMessage.decode(bare.message()), bare.format15());
                case Packet.Opening opening -> handshake(Handshake.decode(opening), now);
                case Packet.Sealed sealed -> command(sealed, faults, now);
            };
        } catch (GarbledException e) {
            // Section 13.5: what cannot be read is dropped without a word.
            return Optional.empty();
        }
    }

    private void forgetUnused(long now) {
        sessions.values().removeIf(session -> now - session.usedAt > SESSION_NANOS);
    }

    // --- the handshake ---

    private Optional<Bytes> handshake(Handshake message, long now) {
        return switch (message) {
            case OpenRequest request -> Optional.of(open(request).encode());
            case Rakp1 rakp -> Optional.of(key(rakp).encode());
            case Rakp3 rakp -> prove(rakp, now).map(Handshake::encode);
            case OpenResponse _, Rakp2 _, Rakp4 _ -> Optional.empty();
        };
    }

    private OpenResponse open(OpenRequest request) {
        Optional<Suite> suite = identity.suites().stream()
                .filter(each -> each.authentication() == request.authentication()
                        && each.integrity() == request.integrity()
                        && each.confidentiality() == request.confidentiality())
                .findFirst();
        if (suite.isEmpty()) {
            return OpenResponse.refusal(request.tag(), Status.NO_SUITE, request.consoleId());
        }
        if (sessions.size() >= identity.sessionsMax()) {
            return OpenResponse.refusal(request.tag(), Status.NO_RESOURCES, request.consoleId());
        }
        if (halfOpen.size() == HALF_OPEN_MAX) {
            Iterator<Integer> oldest = halfOpen.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        int id = freshId();
        // Zero asks for as much as the user may have.
        int privilege = request.privilege() == 0 ? Privilege.ADMINISTRATOR.level() : request.privilege();
        halfOpen.put(id, new HalfOpen(request.consoleId(), suite.get(), privilege));
        return new OpenResponse(
                request.tag(),
                Status.OK,
                privilege,
                request.consoleId(),
                id,
                suite.get().authentication(),
                suite.get().integrity(),
                suite.get().confidentiality());
    }

    private int freshId() {
        int id = random.nextInt();
        while (id == 0 || halfOpen.containsKey(id) || sessions.containsKey(id)) {
            id = random.nextInt();
        }
        return id;
    }

    private Rakp2 key(Rakp1 rakp) {
        HalfOpen half = halfOpen.get(rakp.bmcId());
        if (half == null) {
            return Rakp2.refusal(rakp.tag(), Status.INVALID_SESSION, 0);
        }
        Optional<BmcIdentity.User> user = identity.user(rakp.user());
        if (user.isEmpty()) {
            return Rakp2.refusal(rakp.tag(), Status.UNAUTHORIZED_NAME, half.consoleId);
        }
        int wanted = rakp.role() & 0x0f;
        if (wanted > half.privilege || wanted > user.get().privilege().level()) {
            return Rakp2.refusal(rakp.tag(), Status.UNAUTHORIZED_ROLE, half.consoleId);
        }
        byte[] nonce = new byte[Handshake.RANDOM_BYTES];
        random.nextBytes(nonce);
        KeyExchange exchange = new KeyExchange(
                half.suite,
                half.consoleId,
                rakp.bmcId(),
                rakp.consoleRandom(),
                Bytes.of(nonce),
                identity.guid(),
                rakp.role(),
                rakp.user());
        half.user = user.get();
        half.exchange = exchange;
        return new Rakp2(
                rakp.tag(),
                Status.OK,
                half.consoleId,
                exchange.bmcRandom(),
                exchange.guid(),
                exchange.codeOfBmc(user.get().password()));
    }

    private Optional<Handshake> prove(Rakp3 rakp, long now) {
        Session open = sessions.get(rakp.bmcId());
        if (open != null) {
            // A copy of the proof that opened it, whose answer was lost. Anything else is ignored.
            return KeyExchange.same(open.proof, rakp.code())
                    ? Optional.of(new Rakp4(rakp.tag(), Status.OK, open.consoleId, open.keys.check()))
                    : Optional.empty();
        }
        HalfOpen half = halfOpen.remove(rakp.bmcId());
        if (rakp.status() != Status.OK) {
            // The console has given up; nothing is answered (section 13.22).
            return Optional.empty();
        }
        if (half == null || half.exchange == null || half.user == null) {
            return Optional.of(new Rakp4(rakp.tag(), Status.INVALID_SESSION, 0, Bytes.EMPTY));
        }
        BmcIdentity.User user = half.user;
        if (!KeyExchange.same(half.exchange.codeOfConsole(user.password()), rakp.code())) {
            return Optional.of(new Rakp4(rakp.tag(), Status.INVALID_CHECK, half.consoleId, Bytes.EMPTY));
        }
        if (sessions.size() >= identity.sessionsMax()) {
            return Optional.of(new Rakp4(rakp.tag(), Status.NO_RESOURCES, half.consoleId, Bytes.EMPTY));
        }
        SessionKeys keys = half.exchange.keys(identity.bmcKey() == null ? user.password() : identity.bmcKey());
        int privilegeMax = half.exchange.role() & 0x0f;
        sessions.put(rakp.bmcId(), new Session(half.consoleId, keys, rakp.code(), user, privilegeMax, now));
        return Optional.of(new Rakp4(rakp.tag(), Status.OK, half.consoleId, keys.check()));
    }

    // --- commands ---

    private Optional<Bytes> command(Packet.Sealed packet, BmcFaults faults, long now) throws GarbledException {
        Session session = sessions.get(packet.sessionId());
        if (session == null) {
            return Optional.empty();
        }
        IpmiMessage request = session.keys.open(packet);
        Optional<ReplayWindow> seen = session.window.with(packet.sequence());
        if (seen.isEmpty()) {
            return Optional.empty();
        }
        session.window = seen.get();
        session.usedAt = now;
        IpmiMessage response;
        if (request.equals(session.lastRequest) && session.lastResponse != null) {
            // The same number, the same words: the answer was lost, and nothing is done twice.
            response = session.lastResponse;
        } else {
            response = respond(session, packet.sessionId(), request, faults);
            session.lastRequest = request;
            session.lastResponse = response;
        }
        IpmiMessage said = faults.wrongAnswers()
                ? new IpmiMessage(
                        response.to(),
                        response.netFn(),
                        response.from(),
                        (response.sequence() + 7) % IpmiMessage.SEQUENCES,
                        response.command(),
                        response.body())
                : response;
        session.sent++;
        return Optional.of(session.keys.seal(session.consoleId, session.sent, said, random));
    }

    private IpmiMessage respond(Session session, int id, IpmiMessage request, BmcFaults faults) {
        boolean closing = request.netFn() == IpmiMessage.NETFN_APP && request.command() == IpmiMessage.CLOSE_SESSION;
        if (faults.busy() && !closing) {
            return request.response(Completion.NODE_BUSY, Bytes.EMPTY);
        }
        return switch (request.netFn()) {
            case IpmiMessage.NETFN_APP ->
                switch (request.command()) {
                    case IpmiMessage.SET_SESSION_PRIVILEGE -> raise(session, request);
                    case IpmiMessage.CLOSE_SESSION -> close(id, request);
                    default -> anywhere(request);
                };
            case IpmiMessage.NETFN_CHASSIS ->
                switch (request.command()) {
                    case IpmiMessage.GET_CHASSIS_STATUS -> request.response(Completion.OK, chassis.status());
                    case IpmiMessage.CHASSIS_CONTROL -> control(session, request, faults);
                    default -> request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
                };
            case IpmiMessage.NETFN_STORAGE ->
                request.command() == IpmiMessage.GET_SEL_TIME ? time(request) : sensors(session, request);
            case IpmiMessage.NETFN_SENSOR -> sensors(session, request);
            default -> request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
        };
    }

    private IpmiMessage sensors(Session session, IpmiMessage request) {
        return session.privilege < identity.sensorPrivilege().level()
                ? request.response(Completion.INSUFFICIENT_PRIVILEGE, Bytes.EMPTY)
                : sensors.answer(request);
    }

    private IpmiMessage time(IpmiMessage request) {
        OptionalLong seconds = chassis.seconds();
        if (seconds.isEmpty()) {
            return request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
        }
        int all = (int) seconds.getAsLong();
        return request.response(Completion.OK, Bytes.of(all, all >> 8, all >> 16, all >> 24));
    }

    private static IpmiMessage raise(Session session, IpmiMessage request) {
        if (request.body().size() != 1) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        int level = request.body().at(0) & 0x0f;
        // Zero asks what it is, and changes nothing.
        if (level != 0) {
            if (level > session.user.privilege().level()) {
                return request.response(Completion.PRIVILEGE_NOT_FOR_USER, Bytes.EMPTY);
            }
            if (level > session.privilegeMax) {
                return request.response(Completion.PRIVILEGE_ABOVE_LIMIT, Bytes.EMPTY);
            }
            session.privilege = level;
        }
        return request.response(Completion.OK, Bytes.of(session.privilege));
    }

    private IpmiMessage close(int id, IpmiMessage request) {
        if (request.body().size() < 4) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        Bytes own = Bytes.of(id, id >> 8, id >> 16, id >> 24);
        if (!request.body().slice(0, 4).equals(own)) {
            return request.response(Completion.INVALID_FIELD, Bytes.EMPTY);
        }
        sessions.remove(id);
        return request.response(Completion.OK, Bytes.EMPTY);
    }

    private IpmiMessage control(Session session, IpmiMessage request, BmcFaults faults) {
        if (session.privilege < Privilege.OPERATOR.level()) {
            return request.response(Completion.INSUFFICIENT_PRIVILEGE, Bytes.EMPTY);
        }
        if (request.body().size() != 1) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        Optional<ChassisAct> act = ChassisAct.ofControl(request.body().at(0) & 0x0f);
        if (act.isEmpty()) {
            return request.response(Completion.INVALID_FIELD, Bytes.EMPTY);
        }
        if (faults.refusing()) {
            return request.response(Completion.UNSPECIFIED, Bytes.EMPTY);
        }
        if (faults.lying() || chassis.obey(act.get())) {
            return request.response(Completion.OK, Bytes.EMPTY);
        }
        return request.response(Completion.NOT_IN_THIS_STATE, Bytes.EMPTY);
    }

    /** What is asked outside of a session, before anybody has logged in (section 22.13 ff.). */
    private Optional<Bytes> bare(IpmiMessage request, boolean format15) {
        return request.netFn() == IpmiMessage.NETFN_APP
                ? Optional.of(new Packet.Bare(anywhere(request).encode(), format15).encode())
                : Optional.empty();
    }

    private IpmiMessage anywhere(IpmiMessage request) {
        return switch (request.command()) {
            case IpmiMessage.GET_DEVICE_ID ->
                // Device, its revision, firmware 1.0, IPMI 2.0, a chassis with sensors and their records, no
                // manufacturer, no
                // product.
                request.response(Completion.OK, Bytes.of(0x20, 0x01, 0x01, 0x00, 0x02, 0x83, 0, 0, 0, 0, 0));
            case IpmiMessage.GET_CHANNEL_AUTHENTICATION_CAPABILITIES ->
                // IPMI 2.0 with extended data; whether K_g is set; users with names alone; RMCP+.
                request.response(
                        Completion.OK,
                        Bytes.of(CHANNEL, 0x80, identity.bmcKey() == null ? 0x04 : 0x24, 0x02, 0, 0, 0, 0));
            case IpmiMessage.GET_CHANNEL_CIPHER_SUITES -> suites(request);
            default -> request.response(Completion.INVALID_COMMAND, Bytes.EMPTY);
        };
    }

    private IpmiMessage suites(IpmiMessage request) {
        if (request.body().size() != 3) {
            return request.response(Completion.INVALID_LENGTH, Bytes.EMPTY);
        }
        Bytes records = Bytes.EMPTY;
        for (Suite suite : Suite.values()) {
            if (identity.suites().contains(suite)) {
                // Start of a record, its number, and its three algorithms with their tags (section 22.15.2).
                records = records.plus(Bytes.of(
                        0xc0,
                        suite.number(),
                        suite.authentication(),
                        0x40 | suite.integrity(),
                        0x80 | suite.confidentiality()));
            }
        }
        // Sixteen octets at a time; ours fit into one.
        boolean first = (request.body().at(2) & 0x3f) == 0;
        return request.response(Completion.OK, Bytes.of(CHANNEL).plus(first ? records : Bytes.EMPTY));
    }
}
