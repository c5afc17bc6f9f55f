package io.holdfast.chaos.sim;

import io.holdfast.fencing.FenceDevices;
import io.holdfast.fencing.FenceJournal;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.Fencer;
import io.holdfast.fencing.FencingSettings;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.fencing.core.AttemptTiming;
import io.holdfast.fencing.core.FenceAttempt;
import io.holdfast.model.Actor;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import io.holdfast.recovery.Fencing;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Conducts fence attempts by events: what the product's fencer does in blocking calls, in the same order (look for a
 * proof, read, journal the intent, ask the permit, order, read back, journal the proof), by the rules of
 * {@link FenceAttempt}. Words and proofs that exist already are the product's fencer's own.
 */
final class FenceShell implements Fencing {

    private final ControllerProcess process;
    private final FenceJournal journal;
    private final FenceRules rules;
    private final FencingSettings settings = FencingSettings.defaults();
    private final Fencer fencer;
    private final Set<HostId> underWay = new HashSet<>();

    /** Lives of hosts for which an order may have been carried out. */
    private final Map<HostId, HostEpoch> ordered = new HashMap<>();

    FenceShell(ControllerProcess process, InstantSource clock) {
        this.process = process;
        this.journal = process.database().fences();
        this.rules = process.world().mutation().fenceRules(process.world());
        this.fencer = new Fencer(new FenceDevices(Map.of()), journal, process.permit(), settings, clock);
    }

    @Override
    public FenceResult fence(FenceRequest request) {
        throw new IllegalStateException("a fence takes its time; it is asked for as a remote call");
    }

    @Override
    public FenceProof acceptWord(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
        return fencer.acceptWord(caseId, host, epoch, by, reason);
    }

    @Override
    public FenceProof confirmDead(CaseId caseId, HostId host, HostEpoch epoch, Actor by, String reason) {
        return fencer.confirmDead(caseId, host, epoch, by, reason);
    }

    @Override
    public List<String> levels(HostId host) {
        Host known = process.world().host(host);
        return known.hasDevice() ? List.of(known.bmc().party()) : List.of();
    }

    @Override
    public Optional<FenceProof> restore(HostId host, HostEpoch epoch) {
        return fencer.restore(host, epoch);
    }

    CompletionStage<FenceResult> begin(FenceRequest request) {
        if (!underWay.add(request.host())) {
            return CompletableFuture.completedFuture(
                    new FenceResult.Unknown("another attempt on this host is still running", List.of()));
        }
        CompletableFuture<FenceResult> result = new CompletableFuture<>();
        var _ = result.whenComplete((_, _) -> underWay.remove(request.host()));
        process.after(process.callTime(), () -> {
            try {
                Optional<FenceProof> earlier = restore(request.host(), request.epoch());
                if (earlier.isPresent()) {
                    result.complete(new FenceResult.Proven(earlier.get(), List.of("already proven")));
                    return;
                }
            } catch (RuntimeException away) {
                result.complete(new FenceResult.Failed("the fence journal cannot be read", List.of()));
                return;
            }
            if (!host(request).hasDevice()) {
                process.tell("has no power device of " + request.host());
                result.complete(
                        new FenceResult.Failed("no fence device is configured for host " + request.host(), List.of()));
                return;
            }
            AttemptTiming timing = new AttemptTiming(
                    request.deadline(),
                    settings.callTimeout(),
                    settings.readBackPause(),
                    settings.readBackPauseMax(),
                    settings.ordersMax());
            process.tell("begins to fence " + request.host() + " (attempt " + request.attempt() + ")");
            String device = host(request).bmc().party();
            new Attempt(request, result)
                    .follow(
                            request.epoch().equals(ordered.get(request.host()))
                                    ? FenceAttempt.beginAgain(device, timing, process.nanos())
                                    : FenceAttempt.begin(device, timing, process.nanos()));
        });
        return result;
    }

    private Host host(FenceRequest request) {
        return process.world().host(request.host());
    }

    /** One attempt; its whole state is {@link FenceAttempt}'s. */
    private final class Attempt {
        private final FenceRequest request;
        private final CompletableFuture<FenceResult> result;
        private FenceAttempt.State state;
        private int questions;

        private Attempt(FenceRequest request, CompletableFuture<FenceResult> result) {
            this.request = request;
            this.result = result;
            this.state = new FenceAttempt.Unknown("not begun", List.of());
        }

        private void follow(FenceAttempt.Step step) {
            state = step.next();
            questions++;
            if (step.ended()) {
                end();
                return;
            }
            switch (step.commands().getFirst()) {
                case FenceAttempt.ReadPower read -> read(read.timeout());
                case FenceAttempt.OrderOff order -> order(order.timeout());
                case FenceAttempt.Pause pause -> {
                    int asked = questions;
                    process.after(pause.length(), () -> on(asked, new FenceAttempt.Woke()));
                }
            }
        }

        /** Takes the first answer to the question that is open, and no other. */
        private void on(int question, FenceAttempt.Event event) {
            process.run(() -> {
                if (question == questions) {
                    if (event instanceof FenceAttempt.Ordered(PowerOrder order)) {
                        if (order.answer() == PowerOrder.Answer.REFUSED) {
                            ordered.remove(request.host());
                        } else {
                            ordered.put(request.host(), request.epoch());
                        }
                    }
                    follow(rules.step(state, event, process.nanos()));
                }
            });
        }

        private void read(Duration timeout) {
            int asked = questions;
            process.after(
                    timeout,
                    () -> on(asked, new FenceAttempt.Read(new PowerReading(PowerState.UNKNOWN, "no answer", timeout))));
            host(request).bmc().readPower(process.name(), reading -> on(asked, new FenceAttempt.Read(reading)));
        }

        private void order(Duration timeout) {
            int asked = questions;
            process.after(process.callTime(), () -> {
                try {
                    journal.appendIntent(entry("order-off", "INTENDED", ""), request.segment(), request.leader());
                } catch (DatabaseAway | StoreException away) {
                    on(asked, new FenceAttempt.Barred("the fence journal cannot be written: " + away.getMessage()));
                    return;
                }
                if (!process.permit().mayAct(request.segment(), request.leader())) {
                    on(asked, new FenceAttempt.Barred("this controller no longer leads"));
                    return;
                }
                String calledOff = request.callOff().reason();
                if (!calledOff.isEmpty()) {
                    on(asked, new FenceAttempt.Barred(calledOff));
                    return;
                }
                process.after(
                        timeout,
                        () -> on(
                                asked,
                                new FenceAttempt.Ordered(
                                        new PowerOrder(PowerOrder.Answer.NO_ANSWER, "no answer", timeout))));
                process.tell("orders " + request.host() + " off");
                process.world().checkers().cutOrdered(host(request), process.name(), request.leader());
                host(request).bmc().powerOff(process.name(), word -> on(asked, new FenceAttempt.Ordered(word)));
            });
        }

        private void end() {
            switch (state) {
                case FenceAttempt.Proven proven -> proven(proven);
                case FenceAttempt.Failed failed -> {
                    process.tell("could not fence " + request.host() + ": " + failed.reason());
                    result.complete(new FenceResult.Failed(failed.reason(), failed.steps()));
                }
                case FenceAttempt.Unknown unknown -> {
                    process.tell("does not know whether " + request.host() + " is off: " + unknown.reason());
                    result.complete(new FenceResult.Unknown(unknown.reason(), unknown.steps()));
                }
                case FenceAttempt.Reading s -> throw new IllegalStateException("ended in " + s);
                case FenceAttempt.Ordering s -> throw new IllegalStateException("ended in " + s);
                case FenceAttempt.ReadingBack s -> throw new IllegalStateException("ended in " + s);
                case FenceAttempt.Pausing s -> throw new IllegalStateException("ended in " + s);
            }
        }

        private void proven(FenceAttempt.Proven proven) {
            try {
                journal.append(entry(FenceJournal.PROOF, FenceProof.Kind.POWER_READ_OFF.name(), proven.evidence()));
                FenceProof proof = restore(request.host(), request.epoch()).orElseThrow();
                process.tell("has proven that " + request.host() + " is off");
                result.complete(new FenceResult.Proven(proof, proven.steps()));
            } catch (RuntimeException away) {
                result.complete(new FenceResult.Unknown("read off, but the proof cannot be journaled", proven.steps()));
            }
        }

        private FenceJournal.Entry entry(String act, String result, String evidence) {
            return new FenceJournal.Entry(
                    request.caseId(),
                    request.host(),
                    request.epoch(),
                    host(request).bmc().party(),
                    act,
                    result,
                    evidence,
                    process.name(),
                    process.clock().instant());
        }
    }
}
