package io.holdfast.fencing.ipmi.core;

import io.holdfast.fencing.ipmi.core.Command.Answer;
import io.holdfast.fencing.ipmi.core.Command.Send;
import io.holdfast.fencing.ipmi.core.Outcome.Failed;
import io.holdfast.fencing.ipmi.core.State.Acting;
import io.holdfast.fencing.ipmi.core.State.Closing;
import io.holdfast.fencing.ipmi.core.State.Ended;
import io.holdfast.fencing.ipmi.core.State.Keying;
import io.holdfast.fencing.ipmi.core.State.Link;
import io.holdfast.fencing.ipmi.core.State.Opening;
import io.holdfast.fencing.ipmi.core.State.Plan;
import io.holdfast.fencing.ipmi.core.State.Proving;
import io.holdfast.fencing.ipmi.core.State.Raising;
import io.holdfast.fencing.ipmi.core.State.Waiting;
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
import io.holdfast.fencing.ipmi.rmcp.ReplayWindow;
import io.holdfast.fencing.ipmi.rmcp.SessionKeys;
import io.holdfast.fencing.ipmi.rmcp.Status;
import io.holdfast.fencing.ipmi.rmcp.Suite;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One act on one BMC ({@link Work}), from the first datagram to the last: a session of its own, the act, and the session's end.
 *
 * <p><b>Intuition.</b> Send, wait a little, send again; believe nothing that has no right code; at the deadline say what was
 * heard last. Whatever a device sends, each step ends in one of these states.
 *
 * <pre>
 * Opening  --Open Session Response-->  Keying    send RAKP 1
 * Keying   --RAKP 2, right code----->  Proving   send RAKP 3
 * Keying   --RAKP 2, wrong code----->  Keying    once: send RAKP 1 again; twice: wrong password
 * Proving  --RAKP 4, right check---->  Raising   send Set Session Privilege Level
 * Proving  --another RAKP 2--------->  Proving   send RAKP 3 for that one
 * Proving  --sealed answer---------->  Acting    RAKP 4 was lost; what is sealed with the session's keys proves as much
 * Raising  --done------------------->  Acting    send the act
 * Acting   --answer, more to ask---->  Acting    send the next question
 * Acting   --answer----------------->  Closing   answer; send Close Session
 * Closing  --answer, or a second---->  Ended
 * any      --busy------------------->  the same, after a pause (before the session: Opening)
 * any      --the device forgot us--->  Opening
 * any      --refusal---------------->  Ended or Closing, with the refusal's name
 * any      --deadline--------------->  Ended or Closing, with the name of what was heard last
 * </pre>
 *
 * <p><b>Copies.</b> A device may make new random numbers for each copy of RAKP 1 that it gets, and then know only the last
 * ones. So each copy has a tag of its own; when an earlier copy is answered, the answer to the last one is waited for as long
 * as the earlier took; a later RAKP 2 is followed; and a proof of ours that is refused after the device's own
 * was right is taken for such a mix-up and tried twice more. That costs no failed login where the password is wrong: there the
 * device's proof is wrong already, and ours is never sent.
 *
 * <p><b>A lost RAKP 4.</b> The BMC has opened the session and may not answer another RAKP 3; begun anew each time, such
 * sessions would take up all of its few slots for a minute. So each further copy of RAKP 3 is followed by the session's first message, and a
 * conversation that ends before it knows closes the session all the same.
 *
 * <p><b>Wrong password.</b> It shows as a wrong code in RAKP 2, which one damaged datagram could fake. So RAKP 1 is sent once more,
 * and the second wrong code decides.
 *
 * <p><b>If we die in the middle</b>, the device forgets the session within a minute (section 6.12.15); nothing of ours is left
 * half done but what an order has done already, and only reading tells that.
 */
public final class Conversation {

    /** The network's "nobody is there" may be a reboot's or a forger's; this often in a row it is believed. */
    static final int UNREACHABLE_LIMIT = 3;

    /** How often our proof may be refused after the device's own was right. Each may count towards a lock-out. */
    static final int LOGINS_LIMIT = 3;

    /** After so many copies of our proof without any answer the device has forgotten us; then begin anew. */
    static final int PROOFS_LIMIT = 6;

    /** How long a conversation that has its answer tries to close its session. */
    static final long CLOSING_NANOS = 1_000_000_000L;

    private static final int RAISING_SEQUENCE = 1;

    private Conversation() {}

    /**
     * The first step.
     *
     * @param now nanoseconds of any clock that never goes back, as in every later step
     * @param deadlineAt by the same clock: at or after it, the step gives the answer if none was given
     * @param random unpredictable: session ids, nonces and initialization vectors come from it
     */
    public static Step begin(Login login, Work act, long now, long deadlineAt, RandomGenerator random) {
        return opening(new Plan(login, act, deadlineAt), Memory.NONE, 0, now, now, random);
    }

    /** Every later step. */
    public static Step step(State state, Event event, long now, RandomGenerator random) {
        return switch (state) {
            case Ended _ -> Step.stay(state);
            case Closing closing -> closing(closing, event, now, random);
            case Waiting waiting -> waiting(waiting, event, now, random);
        };
    }

    private static Step waiting(Waiting state, Event event, long now, RandomGenerator random) {
        if (event instanceof Event.Abandoned) {
            return leave(state, List.of(), now, random);
        }
        // An answer that comes with or after the deadline is none.
        if (now >= state.plan().deadlineAt()) {
            return end(state, late(state), now, random);
        }
        return switch (event) {
            case Event.Wake _ -> now >= state.tries().nextAt() ? send(state, now, random) : Step.stay(state);
            case Event.Unreachable unreachable -> unreachable(state, unreachable.detail(), now, random);
            case Event.Heard heard -> heard(state, heard.datagram(), now, random);
            case Event.Abandoned _ -> Step.stay(state);
        };
    }

    // --- sending ---

    /** One copy of what this state has to say. */
    private static Step send(Waiting state, long now, RandomGenerator random) {
        return switch (state) {
            case Opening opening -> open(opening, now);
            case Keying keying
            when keying.answered() != null -> {
                // No answer to the last copy: it was lost, or there will be none. What we have must do.
                Tries tries = Tries.at(keying.tries().next(), pace(Tries.Kind.HANDSHAKE, keying.memory()), now);
                yield prove(proving(keying.plan(), keying.memory(), tries, keying.answered()), now, random);
            }
            case Keying keying -> {
                Tries tries = keying.tries().again(now);
                Login login = keying.plan().login();
                Bytes datagram = new Rakp1(
                                tries.tag(), keying.bmcId(), keying.consoleRandom(), login.role(), login.userBytes())
                        .encode();
                yield new Step(with(keying, keying.memory(), tries), List.of(new Send(datagram)));
            }
            case Proving proving -> prove(proving, now, random);
            case Raising raising -> {
                Link link = raising.link().sentOne();
                Tries tries = raising.tries().again(now);
                yield new Step(
                        new Raising(raising.plan(), raising.memory(), tries, link, raising.request()),
                        List.of(sealed(link, raising.request(), random)));
            }
            case Acting acting -> {
                Link link = acting.link().sentOne();
                Tries tries = acting.tries().again(now);
                yield new Step(
                        new Acting(
                                acting.plan(),
                                acting.memory(),
                                acting.plan().act().repeatable() ? tries : tries.until(Long.MAX_VALUE),
                                link,
                                acting.request()),
                        List.of(sealed(link, acting.request(), random)));
            }
        };
    }

    private static Step prove(Proving state, long now, RandomGenerator random) {
        if (state.tries().sent() == PROOFS_LIMIT) {
            Step again = opening(state.plan(), state.memory(), state.tries().next(), now, now, random);
            List<Command> commands = new ArrayList<>();
            commands.add(sealed(state.link().sentOne(), goodbye(state.link(), state.raise()), random));
            commands.addAll(again.commands());
            return new Step(again.next(), commands);
        }
        Tries tries = state.tries().again(now);
        Bytes code = state.exchange().codeOfConsole(state.plan().login().password());
        List<Command> commands = new ArrayList<>();
        commands.add(new Send(new Rakp3(tries.tag(), Status.OK, state.exchange().bmcId(), code).encode()));
        Link link = state.link();
        if (tries.sent() > 1) {
            link = link.sentOne();
            commands.add(sealed(link, state.raise(), random));
        }
        return new Step(
                new Proving(state.plan(), state.memory(), tries, state.exchange(), link, state.raise()), commands);
    }

    private static Step open(Opening opening, long now) {
        Tries tries = opening.tries().again(now);
        Login login = opening.plan().login();
        Suite suite = login.suite();
        List<Command> commands = new ArrayList<>();
        commands.add(new Send(new OpenRequest(
                        tries.tag(),
                        login.privilege().level(),
                        opening.consoleId(),
                        suite.authentication(),
                        suite.integrity(),
                        suite.confidentiality())
                .encode()));
        if (tries.sent() == 2) {
            // Tells a device that is there and opens no session from one that is not there.
            commands.add(new Send(new Packet.Ping(tries.tag()).encode()));
        }
        return new Step(with(opening, opening.memory(), tries), commands);
    }

    private static Send sealed(Link link, IpmiMessage request, RandomGenerator random) {
        return new Send(link.keys().seal(link.bmcId(), link.sent(), request, random));
    }

    /** A session from its beginning, now or after a pause. */
    private static Step opening(Plan plan, Memory memory, int tag, long at, long now, RandomGenerator random) {
        int consoleId = 0;
        while (consoleId == 0) {
            consoleId = random.nextInt();
        }
        Opening opening = new Opening(plan, memory, Tries.at(tag, pace(Tries.Kind.HANDSHAKE, memory), at), consoleId);
        return at > now ? Step.stay(opening) : open(opening, now);
    }

    private static Tries.Pace pace(Tries.Kind kind, Memory memory) {
        return Tries.Pace.of(kind, memory.roundTripNanos());
    }

    // --- hearing ---

    private static Step heard(Waiting state, Bytes datagram, long now, RandomGenerator random) {
        try {
            return switch (Packet.decode(datagram)) {
                case Packet.Pong _ -> Step.stay(with(state, state.memory().ponged(), state.tries()));
                case Packet.Opening packet -> handshake(state, Handshake.decode(packet), now, random);
                case Packet.Sealed packet -> sealed(state, packet, now, random);
                case Packet.Ping _, Packet.Bare _ -> garbled(state, "the answer is to another question");
            };
        } catch (GarbledException e) {
            return garbled(state, String.valueOf(e.getMessage()));
        }
    }

    private static Step garbled(Waiting state, String what) {
        return Step.stay(with(state, state.memory().garbledBy(what), state.tries()));
    }

    private static Step unreachable(Waiting state, String detail, long now, RandomGenerator random) {
        Memory memory = state.memory().unreachableBy(detail);
        Waiting next = with(state, memory, state.tries());
        return memory.unreachableCount() < UNREACHABLE_LIMIT
                ? Step.stay(next)
                : end(next, new Failed(Trouble.UNREACHABLE, detail), now, random);
    }

    private static Step handshake(Waiting state, Handshake message, long now, RandomGenerator random) {
        return switch (message) {
            case OpenResponse response when state instanceof Opening opening -> opened(opening, response, now, random);
            case Rakp2 rakp when state instanceof Keying keying -> keyed(keying, rakp, now, random);
            case Rakp2 rakp when state instanceof Proving proving -> keyedAgain(proving, rakp, now, random);
            case Rakp4 rakp when state instanceof Proving proving -> proven(proving, rakp, now, random);
            // A late copy of what was dealt with: nothing to do, and nothing wrong.
            case OpenResponse _, Rakp2 _, Rakp4 _ -> Step.stay(state);
            case OpenRequest _, Rakp1 _, Rakp3 _ -> garbled(state, "the device asks what only a console asks");
        };
    }

    private static Step opened(Opening state, OpenResponse response, long now, RandomGenerator random) {
        if (!state.tries().has(response.tag()) || !names(response.consoleId(), state.consoleId(), response.status())) {
            return Step.stay(state);
        }
        if (response.status() != Status.OK) {
            return refused(state, response.status(), now, random);
        }
        Login login = state.plan().login();
        Suite suite = login.suite();
        if (response.authentication() != suite.authentication()
                || response.integrity() != suite.integrity()
                || response.confidentiality() != suite.confidentiality()) {
            return end(
                    state,
                    new Failed(
                            Trouble.WRONG_SUITE,
                            "asked for suite " + suite.number() + ", the device chose other algorithms"),
                    now,
                    random);
        }
        byte[] nonce = new byte[Handshake.RANDOM_BYTES];
        random.nextBytes(nonce);
        Memory memory = state.memory().answered(roundTrip(state.tries(), response.tag(), now));
        return send(
                new Keying(
                        state.plan(),
                        memory,
                        Tries.at(state.tries().next(), pace(Tries.Kind.HANDSHAKE, memory), now),
                        state.consoleId(),
                        response.bmcId(),
                        Bytes.of(nonce),
                        false,
                        null),
                now,
                random);
    }

    private static Step keyed(Keying state, Rakp2 rakp, long now, RandomGenerator random) {
        if (!state.tries().has(rakp.tag()) || !names(rakp.consoleId(), state.consoleId(), rakp.status())) {
            return Step.stay(state);
        }
        if (rakp.status() != Status.OK) {
            return refused(state, rakp.status(), now, random);
        }
        Login login = state.plan().login();
        KeyExchange exchange = new KeyExchange(
                login.suite(),
                state.consoleId(),
                state.bmcId(),
                state.consoleRandom(),
                rakp.bmcRandom(),
                rakp.guid(),
                login.role(),
                login.userBytes());
        Memory memory = state.memory().answered(roundTrip(state.tries(), rakp.tag(), now));
        Tries tries = Tries.at(state.tries().next(), pace(Tries.Kind.HANDSHAKE, memory), now);
        if (KeyExchange.same(exchange.codeOfBmc(login.password()), rakp.code())) {
            if (rakp.tag() == state.tries().tag()) {
                return send(proving(state.plan(), memory, tries, exchange), now, random);
            }
            long took = now - state.tries().sentAt(rakp.tag());
            return Step.stay(new Keying(
                    state.plan(),
                    memory,
                    state.tries().until(state.tries().sentAt(state.tries().tag()) + took + took / 4),
                    state.consoleId(),
                    state.bmcId(),
                    state.consoleRandom(),
                    state.mismatched(),
                    exchange));
        }
        if (!state.mismatched()) {
            return send(
                    new Keying(
                            state.plan(),
                            memory,
                            tries,
                            state.consoleId(),
                            state.bmcId(),
                            state.consoleRandom(),
                            true,
                            null),
                    now,
                    random);
        }
        // Told why, the device gives the session's slot back at once (section 13.22).
        Send goodbye = new Send(new Rakp3(tries.firstTag(), Status.INVALID_CHECK, state.bmcId(), Bytes.EMPTY).encode());
        Failed failed =
                new Failed(Trouble.WRONG_PASSWORD, "the device has another one for user '" + login.user() + "'");
        return new Step(new Ended(), List.of(goodbye, new Answer(failed)));
    }

    /** A device that makes new random numbers for each copy of RAKP 1 knows only the last ones. */
    private static Step keyedAgain(Proving state, Rakp2 rakp, long now, RandomGenerator random) {
        KeyExchange old = state.exchange();
        if (rakp.status() != Status.OK
                || rakp.consoleId() != old.consoleId()
                || rakp.bmcRandom().equals(old.bmcRandom())) {
            return Step.stay(state);
        }
        KeyExchange exchange = new KeyExchange(
                old.suite(),
                old.consoleId(),
                old.bmcId(),
                old.consoleRandom(),
                rakp.bmcRandom(),
                rakp.guid(),
                old.role(),
                old.user());
        Login login = state.plan().login();
        if (!KeyExchange.same(exchange.codeOfBmc(login.password()), rakp.code())) {
            return garbled(state, "the code of a second RAKP 2 is wrong");
        }
        return send(
                proving(
                        state.plan(),
                        state.memory(),
                        Tries.at(state.tries().next(), state.tries().pace(), now),
                        exchange),
                now,
                random);
    }

    private static Proving proving(Plan plan, Memory memory, Tries tries, KeyExchange exchange) {
        SessionKeys keys = exchange.keys(plan.login().sessionKey());
        return new Proving(
                plan,
                memory,
                tries,
                exchange,
                new Link(exchange.consoleId(), exchange.bmcId(), keys, 0, ReplayWindow.EMPTY),
                IpmiMessage.request(
                        IpmiMessage.NETFN_APP,
                        IpmiMessage.SET_SESSION_PRIVILEGE,
                        RAISING_SEQUENCE,
                        Bytes.of(plan.login().privilege().level())));
    }

    private static Step proven(Proving state, Rakp4 rakp, long now, RandomGenerator random) {
        KeyExchange exchange = state.exchange();
        if (!state.tries().has(rakp.tag()) || !names(rakp.consoleId(), exchange.consoleId(), rakp.status())) {
            return Step.stay(state);
        }
        if (rakp.status() == Status.INVALID_CHECK) {
            Memory memory = state.memory().refusedOnce();
            return memory.logins() < LOGINS_LIMIT
                    ? opening(state.plan(), memory, state.tries().next(), now, now, random)
                    // Not a wrong password: the device has shown that it has ours.
                    : end(
                            state,
                            new Failed(
                                    Trouble.GARBLED,
                                    "the device refuses our proof of the password, although its own is right"),
                            now,
                            random);
        }
        if (rakp.status() != Status.OK) {
            return refused(state, rakp.status(), now, random);
        }
        if (!KeyExchange.same(state.link().keys().check(), rakp.check())) {
            return end(state, wrongKey(state.plan().login()), now, random);
        }
        Memory memory = state.memory().answered(roundTrip(state.tries(), rakp.tag(), now));
        return send(
                new Raising(
                        state.plan(),
                        memory,
                        Tries.at(0, pace(Tries.Kind.HANDSHAKE, memory), now),
                        state.link(),
                        state.raise()),
                now,
                random);
    }

    private static Failed wrongKey(Login login) {
        return new Failed(
                Trouble.WRONG_KEY,
                login.bmcKey() == null
                        ? "the password is right, and the device has a K_g of its own that we do not know"
                        : "the password is right, the K_g is not the device's");
    }

    /** A refusal may leave the session's id out. */
    private static boolean names(int seen, int own, int status) {
        return seen == own || (seen == 0 && status != Status.OK);
    }

    private static long roundTrip(Tries tries, int tag, long now) {
        return Math.max(1, now - tries.sentAt(tag));
    }

    private static Step refused(Waiting state, int status, long now, RandomGenerator random) {
        if (Refusals.busyStatus(status) || Refusals.lostStatus(status)) {
            Memory memory = state.memory()
                    .busyWith(
                            Refusals.busyStatus(status)
                                    ? "the device has no room for another session (status 0x%02x)".formatted(status)
                                    : "the device forgets the session while it is being opened (status 0x%02x)"
                                            .formatted(status));
            return opening(state.plan(), memory, state.tries().next(), now + busyPause(memory), now, random);
        }
        return end(state, Refusals.ofStatus(status, state.plan().login()), now, random);
    }

    private static long busyPause(Memory memory) {
        return Tries.BUSY.pause(memory.busyCount() - 1);
    }

    // --- in the session ---

    private static Step sealed(Waiting state, Packet.Sealed packet, long now, RandomGenerator random)
            throws GarbledException {
        return switch (state) {
            case Raising raising -> {
                Optional<Received> received = open(raising.link(), packet);
                yield received.isEmpty() ? Step.stay(state) : raised(raising, received.get(), now, random);
            }
            case Acting acting -> {
                Optional<Received> received = open(acting.link(), packet);
                yield received.isEmpty() ? Step.stay(state) : acted(acting, received.get(), now, random);
            }
            case Proving proving -> {
                // Sealed with the keys that only our proof made the device use: as good as the RAKP 4 that was lost.
                Optional<Received> received = open(proving.link(), packet);
                yield received.isEmpty()
                        ? Step.stay(state)
                        : raised(
                                new Raising(
                                        proving.plan(),
                                        proving.memory(),
                                        proving.tries(),
                                        proving.link(),
                                        proving.raise()),
                                received.get(),
                                now,
                                random);
            }
            case Opening _, Keying _ -> garbled(state, "a sealed packet before there is a session");
        };
    }

    private record Received(IpmiMessage message, Link link) {}

    /** The message in the packet, unless it is of another session or has been here before. */
    private static Optional<Received> open(Link link, Packet.Sealed packet) throws GarbledException {
        if (packet.sessionId() != link.consoleId()) {
            return Optional.empty();
        }
        IpmiMessage message = link.keys().open(packet);
        return link.window().with(packet.sequence()).map(seen -> new Received(message, link.with(seen)));
    }

    private static Step raised(Raising old, Received received, long now, RandomGenerator random) {
        Raising state = new Raising(old.plan(), old.memory(), old.tries(), received.link, old.request());
        IpmiMessage message = received.message;
        Login login = state.plan().login();
        if (!message.answers(state.request())) {
            return garbled(state, "the answer is to another question");
        }
        int code = message.completion();
        if (Refusals.busyCompletion(code) || Refusals.unclearCompletion(code)) {
            Memory memory = state.memory().busyWith(busy(code));
            return Step.stay(new Raising(
                    state.plan(),
                    memory,
                    Tries.at(0, pace(Tries.Kind.HANDSHAKE, memory), now + busyPause(memory)),
                    state.link(),
                    numbered(state.request())));
        }
        if (code != Completion.OK) {
            return end(state, Refusals.ofCompletion(code, "to become " + login.privilege(), login), now, random);
        }
        Bytes data = message.data();
        if (data.size() > 0 && (data.at(0) & 0x0f) < login.privilege().level()) {
            return end(
                    state,
                    new Failed(
                            Trouble.PRIVILEGE,
                            "asked to be " + login.privilege() + ", the device gave level " + (data.at(0) & 0x0f)),
                    now,
                    random);
        }
        Memory memory = state.memory().answered(roundTrip(state.tries(), now));
        Work act = state.plan().act();
        Tries.Kind kind = act.order() ? Tries.Kind.ORDER : Tries.Kind.READING;
        return send(
                new Acting(
                        state.plan(),
                        memory,
                        Tries.at(0, pace(kind, memory), now),
                        state.link(),
                        act.request(following(state.request()))),
                now,
                random);
    }

    private static Step acted(Acting old, Received received, long now, RandomGenerator random) {
        Acting state = new Acting(old.plan(), old.memory(), old.tries(), received.link, old.request());
        IpmiMessage message = received.message;
        Work act = state.plan().act();
        if (message.netFn() == (IpmiMessage.NETFN_APP | 1) && message.command() == IpmiMessage.SET_SESSION_PRIVILEGE) {
            // One more answer to what came before the act, of which several copies may have been sent.
            return Step.stay(state);
        }
        if (!message.answers(state.request())) {
            return late(message, state.request())
                    ? Step.stay(state)
                    : garbled(state, "the answer is to another question");
        }
        int code = message.completion();
        boolean notNow = Refusals.busyCompletion(code) || (Refusals.unclearCompletion(code) && act.repeatable());
        if (notNow && state.memory().busyCount() < act.patience()) {
            Memory memory = state.memory().busyWith(busy(code));
            return Step.stay(new Acting(
                    state.plan(),
                    memory,
                    Tries.at(
                            0,
                            pace(act.order() ? Tries.Kind.ORDER : Tries.Kind.READING, memory),
                            now + busyPause(memory)),
                    state.link(),
                    numbered(state.request())));
        }
        if (!notNow && Refusals.unclearCompletion(code)) {
            return end(
                    state,
                    new Failed(Trouble.SILENT, "the device cannot say what came of the order; it is not repeated"),
                    now,
                    random);
        }
        return switch (act.answered(code, message.data())) {
            case Work.Turn.End ended -> end(state, ended.outcome(), now, random);
            case Work.Turn.Garbled garbled -> garbled(state, garbled.what());
            case Work.Turn.Refused refused ->
                end(
                        state,
                        Refusals.ofCompletion(code, refused.what(), state.plan().login()),
                        now,
                        random);
            case Work.Turn.Next next -> {
                Memory memory = state.memory().answered(roundTrip(state.tries(), now));
                yield send(
                        new Acting(
                                state.plan().with(next.work()),
                                memory,
                                Tries.at(
                                        0,
                                        pace(next.work().order() ? Tries.Kind.ORDER : Tries.Kind.READING, memory),
                                        now),
                                state.link(),
                                next.work().request(following(state.request()))),
                        now,
                        random);
            }
        };
    }

    /** A late copy of the answer to what was asked before this. */
    private static boolean late(IpmiMessage message, IpmiMessage request) {
        int behind = request.sequence() - message.sequence() & IpmiMessage.SEQUENCES - 1;
        return behind > 0 && behind < IpmiMessage.SEQUENCES / 2;
    }

    private static String busy(int code) {
        return "the device answers that it has no time (completion code 0x%02x)".formatted(code);
    }

    /** An answer to a message that may have been sent twice tells no time. */
    private static long roundTrip(Tries tries, long now) {
        return tries.sent() == 1 ? Math.max(1, now - tries.sentAt().getFirst()) : 0;
    }

    /** The same question under a new number: a device may answer an old number from memory. */
    private static IpmiMessage numbered(IpmiMessage request) {
        return IpmiMessage.request(request.netFn(), request.command(), following(request), request.body());
    }

    private static int following(IpmiMessage request) {
        return (request.sequence() + 1) % IpmiMessage.SEQUENCES;
    }

    // --- ending ---

    /** Answers, and closes the session if there is one. */
    private static Step end(Waiting state, Outcome outcome, long now, RandomGenerator random) {
        Outcome known = state instanceof Acting acting && outcome instanceof Failed failed
                ? acting.plan().act().despite(failed)
                : outcome;
        return leave(state, List.of(new Answer(known)), now, random);
    }

    private static Step leave(Waiting state, List<Command> before, long now, RandomGenerator random) {
        return switch (state) {
            case Opening _, Keying _ -> new Step(new Ended(), before);
            case Proving proving -> close(proving.link(), proving.raise(), proving.memory(), before, now, random);
            case Raising raising -> close(raising.link(), raising.request(), raising.memory(), before, now, random);
            case Acting acting -> close(acting.link(), acting.request(), acting.memory(), before, now, random);
        };
    }

    private static Step close(
            Link link, IpmiMessage last, Memory memory, List<Command> before, long now, RandomGenerator random) {
        IpmiMessage request = goodbye(link, last);
        Link used = link.sentOne();
        Tries tries = Tries.at(0, pace(Tries.Kind.HANDSHAKE, memory), now).again(now);
        List<Command> commands = new ArrayList<>(before);
        commands.add(sealed(used, request, random));
        return new Step(new Closing(tries, used, request, now + CLOSING_NANOS), commands);
    }

    private static IpmiMessage goodbye(Link link, IpmiMessage last) {
        int id = link.bmcId();
        return IpmiMessage.request(
                IpmiMessage.NETFN_APP,
                IpmiMessage.CLOSE_SESSION,
                following(last),
                Bytes.of(id, id >> 8, id >> 16, id >> 24));
    }

    private static Step closing(Closing state, Event event, long now, RandomGenerator random) {
        if (now >= state.untilAt()) {
            return Step.stay(new Ended());
        }
        return switch (event) {
            case Event.Wake _ -> {
                if (now < state.tries().nextAt()) {
                    yield Step.stay(state);
                }
                Link link = state.link().sentOne();
                yield new Step(
                        new Closing(state.tries().again(now), link, state.request(), state.untilAt()),
                        List.of(sealed(link, state.request(), random)));
            }
            case Event.Heard heard -> closed(state, heard.datagram()) ? Step.stay(new Ended()) : Step.stay(state);
            case Event.Unreachable _ -> Step.stay(new Ended());
            // The answer is given; nobody waits anyway.
            case Event.Abandoned _ -> Step.stay(state);
        };
    }

    private static boolean closed(Closing state, Bytes datagram) {
        try {
            return Packet.decode(datagram) instanceof Packet.Sealed packet
                    && packet.sessionId() == state.link().consoleId()
                    && state.link().keys().open(packet).answers(state.request());
        } catch (GarbledException e) {
            return false;
        }
    }

    /** What to call it when the time is up: the latest thing that was heard, or how far it came. */
    private static Failed late(Waiting state) {
        Memory memory = state.memory();
        if (memory.busy() != null) {
            return new Failed(Trouble.BUSY, memory.busy());
        }
        if (memory.garbled() != null) {
            return new Failed(Trouble.GARBLED, memory.garbled());
        }
        if (memory.unreachable() != null) {
            return new Failed(Trouble.UNREACHABLE, memory.unreachable());
        }
        return new Failed(
                Trouble.SILENT,
                switch (state) {
                    case Opening _ ->
                        memory.pong()
                                ? "the device answers a presence ping, but not in the session"
                                : "the device does not answer";
                    case Keying _, Proving _ -> "the device stopped answering during the login";
                    case Raising _ -> "the device stopped answering after the login";
                    case Acting acting ->
                        acting.plan().act().order()
                                ? "the order was sent and not answered"
                                : "the device does not tell "
                                        + acting.plan().act().subject();
                });
    }

    private static Waiting with(Waiting state, Memory memory, Tries tries) {
        return switch (state) {
            case Opening s -> new Opening(s.plan(), memory, tries, s.consoleId());
            case Keying s ->
                new Keying(
                        s.plan(),
                        memory,
                        tries,
                        s.consoleId(),
                        s.bmcId(),
                        s.consoleRandom(),
                        s.mismatched(),
                        s.answered());
            case Proving s -> new Proving(s.plan(), memory, tries, s.exchange(), s.link(), s.raise());
            case Raising s -> new Raising(s.plan(), memory, tries, s.link(), s.request());
            case Acting s -> new Acting(s.plan(), memory, tries, s.link(), s.request());
        };
    }
}
