package io.holdfast.recovery;

import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.Hosts;
import io.holdfast.compute.Withdrawals;
import io.holdfast.fencing.FenceRequest;
import io.holdfast.fencing.FenceResult;
import io.holdfast.fencing.PowerOn;
import io.holdfast.model.Generation;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The calls whose answer comes from outside the store, from a power device or an agent, and may take seconds. They
 * answer later, so that whoever owns the time need not hold a thread for each; everything else that recovery asks is
 * answered by the store.
 *
 * <p>A stage that ends with an exception says that the question could not be asked; the caller asks again.
 */
public interface RemoteCalls {

    /** {@link Fencing#fence}. */
    CompletionStage<FenceResult> fence(FenceRequest request);

    /** {@link Fencing#powerOn}. */
    CompletionStage<PowerOn.Answer> powerOn(PowerOn.Wish wish);

    /** {@link Hosts#admit}. */
    CompletionStage<AgentAnswer> admit(HostId host, LeaderEpoch leader);

    /** {@link Withdrawals#withdraw}. */
    CompletionStage<Withdrawals.Answer> withdraw(
            InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline);

    /** {@link Withdrawals#relocate}. */
    CompletionStage<Withdrawals.Relocation> relocate(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline);

    /** {@link Withdrawals#follow}. */
    CompletionStage<Withdrawals.Relocation> follow(
            InstanceId instance, Generation expected, HostId from, HostId to, LeaderEpoch leader, Duration deadline);

    /** Makes the calls at once, on the caller's thread, which should be a virtual one. */
    static RemoteCalls blocking(Fencing fencing, Hosts hosts, Withdrawals withdrawals) {
        return new RemoteCalls() {
            @Override
            public CompletionStage<FenceResult> fence(FenceRequest request) {
                return answered(() -> fencing.fence(request));
            }

            @Override
            public CompletionStage<PowerOn.Answer> powerOn(PowerOn.Wish wish) {
                return answered(() -> fencing.powerOn(wish));
            }

            @Override
            public CompletionStage<AgentAnswer> admit(HostId host, LeaderEpoch leader) {
                return answered(() -> hosts.admit(host, leader, java.util.List.of()));
            }

            @Override
            public CompletionStage<Withdrawals.Answer> withdraw(
                    InstanceId instance, Generation expected, HostId from, LeaderEpoch leader, Duration deadline) {
                return answered(() -> withdrawals.withdraw(instance, expected, from, leader, deadline));
            }

            @Override
            public CompletionStage<Withdrawals.Relocation> relocate(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return answered(() -> withdrawals.relocate(instance, expected, from, to, leader, deadline));
            }

            @Override
            public CompletionStage<Withdrawals.Relocation> follow(
                    InstanceId instance,
                    Generation expected,
                    HostId from,
                    HostId to,
                    LeaderEpoch leader,
                    Duration deadline) {
                return answered(() -> withdrawals.follow(instance, expected, from, to, leader, deadline));
            }
        };
    }

    private static <T> CompletionStage<T> answered(Supplier<T> call) {
        try {
            return CompletableFuture.completedFuture(call.get());
        } catch (RuntimeException failed) {
            return CompletableFuture.failedFuture(failed);
        }
    }
}
