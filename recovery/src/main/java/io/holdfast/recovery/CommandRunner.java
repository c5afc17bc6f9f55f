package io.holdfast.recovery;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Claim;
import io.holdfast.compute.Claims;
import io.holdfast.compute.ComputeException;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Instances;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.CallOff;
import io.holdfast.fencing.FenceProof;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.KernelDump;
import io.holdfast.model.CaseId;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.LeaderEpoch;
import io.holdfast.model.SegmentId;
import io.holdfast.recovery.core.CaseCommand;
import io.holdfast.recovery.core.CaseEvent;
import io.holdfast.recovery.core.CaseEvent.Planned.PlanAnswer;
import io.holdfast.recovery.core.Phase;
import io.holdfast.recovery.core.ReserveRule;
import io.holdfast.scheduler.HostSnapshot;
import io.holdfast.scheduler.Placement;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one command and says what came of it. Blocks for the store, and answers later for what lies beyond it;
 * called from virtual threads, many at once.
 *
 * <p>Chooses nothing: host, generation, attempt and epoch are the command's. What the world answers comes back as an
 * event; what says that the question could not be asked at all (the store is away) is thrown, and asked again by the
 * caller.
 */
final class CommandRunner {

    /** Claims that are asked for at one moment share transactions; two batches, so that one gathers while the other is written. */
    private static final int CLAIMS_MAX = 400;

    private final Hosts hosts;
    private final Claims claims;
    private final Withdrawals withdrawals;
    private final Instances instances;
    private final Fencing fencing;
    private final Predicate<HostId> avoided;
    private final Function<CaseId, String> calledOff;
    private final RecoverySettings settings;
    private final RemoteCalls remote;
    private final Places fences;
    private final Places calls;
    private final Places claimed;

    /** Proofs this process was given or has restored. The journal remembers them as text; the key is this object. */
    private final Map<CaseId, FenceProof> proofs = new ConcurrentHashMap<>();

    private final Reserves plans;

    /** @param calledOff why no order to isolate may leave for this case now, or an empty text; any thread */
    CommandRunner(
            Hosts hosts,
            Claims claims,
            Withdrawals withdrawals,
            Instances instances,
            Fencing fencing,
            Reserves plans,
            Predicate<HostId> avoided,
            Function<CaseId, String> calledOff,
            RecoverySettings settings,
            RemoteCalls remote,
            Workers workers) {
        this.hosts = hosts;
        this.claims = claims;
        this.withdrawals = withdrawals;
        this.instances = instances;
        this.fencing = fencing;
        this.plans = plans;
        this.avoided = avoided;
        this.calledOff = calledOff;
        this.settings = settings;
        this.remote = remote;
        this.fences = new Places(settings.maxFencesInFlight(), workers);
        // Enough to keep a connection pool busy, few enough to leave connections for the API.
        this.calls = new Places(8, workers);
        this.claimed = new Places(CLAIMS_MAX, workers);
    }

    /** The command with what it is about. */
    record Issued(
            CaseId caseId, SegmentId segment, HostId host, HostEpoch epoch, LeaderEpoch leader, CaseCommand command) {}

    void forget(CaseId id) {
        proofs.remove(id);
    }

    /** Empty when there is nothing to say. */
    CompletionStage<Optional<CaseEvent>> run(Issued issued) {
        Places places = places(issued.command());
        CompletableFuture<Optional<CaseEvent>> result = new CompletableFuture<>();
        places.enter(() -> {
            CompletionStage<Optional<CaseEvent>> answering;
            try {
                answering = asked(issued);
            } catch (RuntimeException failed) {
                answering = CompletableFuture.failedFuture(failed);
            }
            answering.whenComplete((answer, failure) -> {
                places.leave();
                if (failure == null) {
                    result.complete(answer);
                } else {
                    result.completeExceptionally(failure);
                }
            });
        });
        return result;
    }

    private Places places(CaseCommand command) {
        return switch (command) {
            case CaseCommand.Fence fence -> fences;
            case CaseCommand.Claim claim when claim.basis() != CaseCommand.Basis.WITHDRAWN -> claimed;
            default -> calls;
        };
    }

    private CompletionStage<Optional<CaseEvent>> asked(Issued issued) {
        return switch (issued.command()) {
            case CaseCommand.Fence command -> fence(issued, command).thenApply(Optional::of);
            case CaseCommand.Withdraw command ->
                remote.withdraw(
                                command.instance(),
                                command.expected(),
                                command.from(),
                                issued.leader(),
                                settings.callDeadline())
                        .thenApply(answer -> Optional.of(withdrawn(command, answer)));
            default -> CompletableFuture.completedFuture(Optional.ofNullable(answer(issued)));
        };
    }

    private @Nullable CaseEvent answer(Issued issued) {
        return switch (issued.command()) {
            case CaseCommand.Condemn command -> condemn(issued, command);
            case CaseCommand.AcceptWord command ->
                new CaseEvent.WordAccepted(keep(
                        issued,
                        command.confirmedDead()
                                ? fencing.confirmDead(
                                        issued.caseId(), issued.host(), issued.epoch(), command.by(), command.reason())
                                : fencing.acceptWord(
                                        issued.caseId(),
                                        issued.host(),
                                        issued.epoch(),
                                        command.by(),
                                        command.reason())));
            case CaseCommand.RecordProof command -> recordProof(issued);
            case CaseCommand.Pardon command -> pardon(issued);
            case CaseCommand.Plan command -> plan(command);
            case CaseCommand.Claim command -> claim(issued, command);
            case CaseCommand.Deliver command -> {
                claims.deliver(command.instance());
                yield new CaseEvent.Delivered(command.instance(), command.generation());
            }
            case CaseCommand.Look command ->
                claims.find(command.instance())
                        .map(CaseEvent.Seen::of)
                        // Nothing is newer than not being there at all.
                        .orElseGet(() -> CaseEvent.Seen.gone(
                                command.instance(), io.holdfast.model.Generation.of(Long.MAX_VALUE)));
            case CaseCommand.ReviewHold command -> null;
            case CaseCommand.OfReturn command ->
                throw new IllegalStateException(command.key() + " is carried out by PowerReturns");
            case CaseCommand.Fence command -> throw answeredLater(command);
            case CaseCommand.Withdraw command -> throw answeredLater(command);
        };
    }

    private static IllegalStateException answeredLater(CaseCommand command) {
        return new IllegalStateException(command.key() + " is answered from outside the store");
    }

    private CaseEvent condemn(Issued issued, CaseCommand.Condemn command) {
        try {
            hosts.condemn(issued.host(), command.expected(), issued.leader(), List.of());
            return new CaseEvent.StoreCondemned();
        } catch (ComputeException refused) {
            return new CaseEvent.StoreRefused(text(refused));
        }
    }

    private CompletionStage<CaseEvent> fence(Issued issued, CaseCommand.Fence command) {
        // After a restart the proof may exist already: then nobody is touched a second time.
        Optional<FenceProof> proof = fencing.restore(issued.host(), issued.epoch());
        if (proof.isPresent()) {
            return CompletableFuture.completedFuture(
                    new CaseEvent.FenceProven(command.attempt(), keep(issued, proof.get()), List.of()));
        }
        if (!command.send()) {
            return CompletableFuture.completedFuture(new CaseEvent.FenceFailed(
                    command.attempt(), true, "the order was not sent again, because the host is back", List.of()));
        }
        // The order may have waited for its turn. Who came back meanwhile is not shot for what was true before.
        String off = calledOff.apply(issued.caseId());
        if (!off.isEmpty()) {
            return CompletableFuture.completedFuture(
                    new CaseEvent.FenceFailed(command.attempt(), true, "the order was not sent: " + off, List.of()));
        }
        Optional<KernelDump> dump = dump(issued, command);
        if (dump.isPresent()) {
            return CompletableFuture.completedFuture(new CaseEvent.FenceDeferred(command.attempt(), dump.get()));
        }
        return remote.fence(new FenceRequest(
                        issued.caseId(),
                        issued.segment(),
                        issued.host(),
                        issued.epoch(),
                        command.attempt(),
                        issued.leader(),
                        settings.fenceDeadline(),
                        // And once more by the attempt itself, immediately before it cuts the power.
                        new CallOff() {
                            @Override
                            public String reason() {
                                return calledOff(issued, command);
                            }

                            @Override
                            public String reasonAgainstAsking() {
                                return calledOff.apply(issued.caseId());
                            }
                        }))
                .handle((result, broken) -> result == null
                        // Whatever went wrong in there, it was not a proof. The order may have left.
                        ? new CaseEvent.FenceFailed(command.attempt(), false, text(cause(broken)), List.of())
                        : fenced(issued, command, result));
    }

    /** Why its kernel's dump puts the order off. */
    private Optional<KernelDump> dump(Issued issued, CaseCommand.Fence command) {
        return command.heed() == CaseCommand.Heed.NONE || fencing.isProvenByCrash(issued.host())
                ? Optional.empty()
                : fencing.dump(issued.host(), command.heed() == CaseCommand.Heed.PATIENT);
    }

    /** A host may begin to dump while its attempt reads its power; it is not given the time to say so again. */
    private Optional<KernelDump> dumpMeanwhile(Issued issued, CaseCommand.Fence command) {
        return command.heed() == CaseCommand.Heed.NONE ? Optional.empty() : fencing.dump(issued.host(), false);
    }

    private String calledOff(Issued issued, CaseCommand.Fence command) {
        String off = calledOff.apply(issued.caseId());
        return off.isEmpty()
                ? dumpMeanwhile(issued, command).map(KernelDump::reason).orElse("")
                : off;
    }

    private CaseEvent fenced(Issued issued, CaseCommand.Fence command, FenceResult result) {
        Optional<KernelDump> dump = dumpMeanwhile(issued, command);
        if (result instanceof FenceResult.Failed && dump.isPresent()) {
            return new CaseEvent.FenceDeferred(command.attempt(), dump.get());
        }
        return switch (result) {
            case FenceResult.Proven proven ->
                proven.proof().covers(issued.host(), issued.epoch())
                        ? new CaseEvent.FenceProven(command.attempt(), keep(issued, proven.proof()), proven.steps())
                        : new CaseEvent.FenceFailed(
                                command.attempt(),
                                false,
                                "the proof is about something else: " + proven.proof(),
                                proven.steps());
            case FenceResult.Failed failed ->
                new CaseEvent.FenceFailed(command.attempt(), true, failed.reason(), failed.steps());
            case FenceResult.Unknown unknown ->
                new CaseEvent.FenceFailed(command.attempt(), false, unknown.reason(), unknown.steps());
        };
    }

    private CaseEvent recordProof(Issued issued) {
        FenceProof proof = proof(issued);
        if (proof == null) {
            return missing(issued);
        }
        hosts.fenced(proof, issued.leader(), List.of());
        return Listing.of(claims.at(issued.host()), claims.groups(), instances::list);
    }

    private CaseEvent pardon(Issued issued) {
        try {
            hosts.pardon(issued.host(), issued.leader(), List.of());
            return new CaseEvent.StorePardoned();
        } catch (ComputeException refused) {
            return new CaseEvent.StoreRefused(text(refused));
        }
    }

    private CaseEvent plan(CaseCommand.Plan command) {
        List<PlanAnswer> answers = new ArrayList<>();
        // A full cluster refuses hundreds of instances for reasons that are one and the same object.
        IdentityHashMap<Map<HostId, List<Placement.Refusal>>, String> told = new IdentityHashMap<>();
        List<HostSnapshot> snapshots = HostSnapshots.of(hosts, avoided);
        HostSnapshots.Asked asked = HostSnapshots.asked(claims, command.requests(), snapshots);
        ReserveRule.Outcome outcome = plans.place(snapshots, asked.groups(), asked.requests());
        plans.take(outcome.taken());
        for (Placement placement : outcome.placements()) {
            answers.add(
                    switch (placement) {
                        case Placement.Placed placed -> new PlanAnswer(placed.instance(), placed.host(), "");
                        case Placement.NoValidHost none ->
                            new PlanAnswer(
                                    none.instance(), null, told.computeIfAbsent(none.refusals(), HostSnapshots::text));
                    });
        }
        return new CaseEvent.Planned(command.number(), answers);
    }

    static PlanAnswer answer(Placement placement) {
        return switch (placement) {
            case Placement.Placed placed -> new PlanAnswer(placed.instance(), placed.host(), "");
            case Placement.NoValidHost none ->
                new PlanAnswer(none.instance(), null, HostSnapshots.text(none.refusals()));
        };
    }

    private CaseEvent claim(Issued issued, CaseCommand.Claim command) {
        Claim claim;
        try {
            if (command.basis() == CaseCommand.Basis.WITHDRAWN) {
                claim = withdrawals.claim(
                        command.instance(), command.expected(), command.to(), issued.leader(), List.of());
            } else {
                FenceProof proof = proof(issued);
                if (proof == null) {
                    return missing(issued);
                }
                claim = claims.evacuate(
                        command.instance(),
                        command.expected(),
                        command.to(),
                        proof,
                        command.leaveStopped(),
                        issued.leader(),
                        List.of());
            }
        } catch (ComputeException refused) {
            return new CaseEvent.ClaimConflict(command.instance(), command.attempt(), text(refused));
        }
        return switch (claim) {
            case Claim.Granted granted ->
                new CaseEvent.ClaimGranted(command.instance(), command.attempt(), granted.host(), granted.generation());
            case Claim.Conflict conflict ->
                new CaseEvent.ClaimConflict(command.instance(), command.attempt(), conflict.reason());
            case Claim.HostRefused refused ->
                new CaseEvent.ClaimRefused(command.instance(), command.attempt(), refused.host(), refused.reason());
        };
    }

    private static CaseEvent withdrawn(CaseCommand.Withdraw command, Withdrawals.Answer answer) {
        return switch (answer) {
            case Withdrawals.Answer.Withdrawn withdrawn ->
                new CaseEvent.Withdrawn(command.instance(), command.expected(), withdrawn.generation());
            case Withdrawals.Answer.RunsThere runs -> new CaseEvent.RunsThere(command.instance(), command.expected());
            case Withdrawals.Answer.NotConfirmed not ->
                new CaseEvent.NotConfirmed(command.instance(), command.expected(), not.reason());
            case Withdrawals.Answer.Conflict conflict ->
                new CaseEvent.WithdrawalConflict(command.instance(), command.expected(), conflict.reason());
        };
    }

    /** What an agent said when it was told what it owns, for people. */
    static String text(AgentAnswer answer) {
        return switch (answer) {
            case AgentAnswer.Accepted accepted -> "accepted";
            case AgentAnswer.Stale stale -> "stale: " + stale.reason();
            case AgentAnswer.Refused refused -> "refused: " + refused.reason();
            case AgentAnswer.NoAnswer none -> "no answer: " + none.reason();
        };
    }

    /** What made a stage end with an exception. */
    static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    static String text(Throwable problem) {
        String message = problem.getMessage();
        return message == null ? problem.getClass().getSimpleName() : message;
    }

    private Phase.Proof keep(Issued issued, FenceProof proof) {
        proofs.put(issued.caseId(), proof);
        return new Phase.Proof(proof.kind().name(), proof.evidence(), proof.at());
    }

    private @Nullable FenceProof proof(Issued issued) {
        FenceProof known = proofs.get(issued.caseId());
        if (known != null && known.covers(issued.host(), issued.epoch())) {
            return known;
        }
        FenceProof restored = fencing.restore(issued.host(), issued.epoch()).orElse(null);
        if (restored != null) {
            proofs.put(issued.caseId(), restored);
        }
        return restored;
    }

    private static CaseEvent missing(Issued issued) {
        return new CaseEvent.ProofMissing("the fence journal has no proof for host " + issued.host() + " at epoch "
                + issued.epoch() + "; it is isolated and proven again");
    }
}
