package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.core.Command;
import io.holdfast.fencing.ipmi.core.Conversation;
import io.holdfast.fencing.ipmi.core.Event;
import io.holdfast.fencing.ipmi.core.Login;
import io.holdfast.fencing.ipmi.core.Outcome;
import io.holdfast.fencing.ipmi.core.State;
import io.holdfast.fencing.ipmi.core.Step;
import io.holdfast.fencing.ipmi.core.Work;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One conversation with one {@link BmcMind} over a wire of our making, in virtual time: no socket, no thread, no clock. */
final class VirtualTalk {

    static final long MILLI = 1_000_000;

    /**
     * @param loss share of datagrams that are lost, each way
     * @param twice share that comes twice
     * @param damage share in which some octets are wrong
     * @param delayMillisMax each takes between 0 and that long, so that they overtake each other
     */
    record Wire(double loss, double twice, double damage, int delayMillisMax) {
        static final Wire GOOD = new Wire(0, 0, 0, 2);
    }

    /** @param answers every answer that was given; more than one is a defect */
    record Result(List<Outcome> answers, long answeredAt, long endedAt, int sent) {
        Outcome outcome() {
            return answers.getFirst();
        }
    }

    private record Due(long at, long number, Runnable what) {}

    private final BmcMind mind;
    private final Wire wire;
    private final Random dice;
    private final PriorityQueue<Due> queue =
            new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::number));
    private final List<Outcome> answers = new ArrayList<>();
    private final List<Bytes> heard = new ArrayList<>();
    private BmcFaults faults = BmcFaults.NONE;
    private Predicate<Bytes> swallowed = _ -> false;
    private Predicate<Bytes> delayed = _ -> false;
    private long delayMillis;
    private long now;
    private long number;
    private long answeredAt = -1;
    private int sent;
    private @Nullable State state;

    VirtualTalk(BmcMind mind, Wire wire, long seed) {
        this.mind = mind;
        this.wire = wire;
        this.dice = new Random(seed);
    }

    VirtualTalk with(BmcFaults wanted) {
        faults = wanted;
        return this;
    }

    /** Datagrams of that kind never arrive. */
    VirtualTalk without(Predicate<Bytes> kind) {
        swallowed = kind;
        return this;
    }

    /** Datagrams of that kind take so much longer. */
    VirtualTalk slow(Predicate<Bytes> kind, long millis) {
        delayed = kind;
        delayMillis = millis;
        return this;
    }

    /** Something happens to the conversation at that time. */
    VirtualTalk at(long millis, Event event) {
        later(millis * MILLI, () -> take(event));
        return this;
    }

    VirtualTalk at(long millis, Runnable what) {
        later(millis * MILLI, what);
        return this;
    }

    /** From the first datagram until it has ended. */
    Result play(Login login, Work act, long deadlineMillis) {
        perform(Conversation.begin(login, act, now, deadlineMillis * MILLI, dice));
        while (!(state instanceof State.Ended)) {
            long wakeAt = state.wakeAt();
            Due due = queue.peek();
            if (due != null && due.at <= wakeAt) {
                queue.remove();
                now = due.at;
                due.what.run();
            } else {
                now = Math.max(now, wakeAt);
                take(new Event.Wake());
            }
        }
        return new Result(List.copyOf(answers), answeredAt, now, sent);
    }

    /** Every datagram that reached the console. */
    List<Bytes> heard() {
        return heard;
    }

    private void later(long at, Runnable what) {
        queue.add(new Due(at, number++, what));
    }

    private void take(Event event) {
        perform(Conversation.step(state, event, now, dice));
    }

    private void perform(Step step) {
        state = step.next();
        for (Command command : step.commands()) {
            switch (command) {
                case Command.Send send -> {
                    sent++;
                    carry(
                            send.datagram(),
                            arrived -> mind.answer(arrived, faults, now)
                                    .ifPresent(answer -> carry(answer, back -> {
                                        heard.add(back);
                                        take(new Event.Heard(back));
                                    })));
                }
                case Command.Answer answer -> {
                    answers.add(answer.outcome());
                    answeredAt = now;
                }
            }
        }
    }

    private void carry(Bytes datagram, Consumer<Bytes> to) {
        if (faults.silent() || swallowed.test(datagram)) {
            return;
        }
        for (int copies = dice.nextDouble() < wire.twice ? 2 : 1; copies > 0; copies--) {
            if (dice.nextDouble() >= wire.loss) {
                Bytes arriving = dice.nextDouble() < wire.damage ? damaged(datagram) : datagram;
                long more = delayed.test(datagram) ? delayMillis * MILLI : 0;
                later(now + more + dice.nextLong(wire.delayMillisMax * MILLI + 1), () -> to.accept(arriving));
            }
        }
    }

    private Bytes damaged(Bytes datagram) {
        byte[] octets = datagram.toArray();
        for (int i = dice.nextInt(4); i >= 0; i--) {
            octets[dice.nextInt(octets.length)] = (byte) dice.nextInt(256);
        }
        return Bytes.of(octets).slice(0, dice.nextInt(4) > 0 ? octets.length : dice.nextInt(octets.length + 1));
    }
}
