package io.holdfast.compute.grpc;

import io.holdfast.compute.ActualState;
import io.holdfast.compute.AdoptOrder;
import io.holdfast.compute.AgentAnswer;
import io.holdfast.compute.ConsoleAnswer;
import io.holdfast.compute.DiskLook;
import io.holdfast.compute.DiskLookAnswer;
import io.holdfast.compute.DiskSight;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.InstanceOrder;
import io.holdfast.compute.InstanceReport;
import io.holdfast.compute.Remedy;
import io.holdfast.compute.RemedyAnswer;
import io.holdfast.compute.RemedyOrder;
import io.holdfast.compute.SlotsAnswer;
import io.holdfast.compute.grpc.v1.Accepted;
import io.holdfast.compute.grpc.v1.Actual;
import io.holdfast.compute.grpc.v1.AdoptRequest;
import io.holdfast.compute.grpc.v1.ApplyRequest;
import io.holdfast.compute.grpc.v1.ConsoleReply;
import io.holdfast.compute.grpc.v1.ConsoleRequest;
import io.holdfast.compute.grpc.v1.Failed;
import io.holdfast.compute.grpc.v1.Goal;
import io.holdfast.compute.grpc.v1.GuestSpec;
import io.holdfast.compute.grpc.v1.LookReply;
import io.holdfast.compute.grpc.v1.LookRequest;
import io.holdfast.compute.grpc.v1.MendReply;
import io.holdfast.compute.grpc.v1.MendRequest;
import io.holdfast.compute.grpc.v1.Mended;
import io.holdfast.compute.grpc.v1.Nic;
import io.holdfast.compute.grpc.v1.Order;
import io.holdfast.compute.grpc.v1.OrderReply;
import io.holdfast.compute.grpc.v1.ReadSlotsReply;
import io.holdfast.compute.grpc.v1.ReadSlotsRequest;
import io.holdfast.compute.grpc.v1.Refused;
import io.holdfast.compute.grpc.v1.Report;
import io.holdfast.compute.grpc.v1.SeenDisk;
import io.holdfast.compute.grpc.v1.Stale;
import io.holdfast.compute.grpc.v1.Unconfirmed;
import io.holdfast.model.Generation;
import io.holdfast.model.HostEpoch;
import io.holdfast.model.HostId;
import io.holdfast.model.Incarnation;
import io.holdfast.model.InstanceId;
import io.holdfast.model.LeaderEpoch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The messages of the protocol to and from the product's own words. Pure.
 *
 * <p>Reading throws {@link IllegalArgumentException} for what the rules of the protocol forbid: an id that is none, a
 * goal that is not set.
 */
final class Wire {

    /** Which rules of the protocol this side speaks. */
    static final int VERSION = 1;

    private Wire() {}

    static AdoptRequest write(AdoptOrder order) {
        AdoptRequest.Builder request = AdoptRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(order.host().value())
                .setHostEpoch(order.hostEpoch().value())
                .setIncarnation(order.incarnation().value())
                .setBootId(order.bootId())
                .setNumber(order.number())
                .setLeader(order.leader().value());
        order.owned().forEach(one -> request.addOwned(writeGoal(one)));
        return request.build();
    }

    static AdoptOrder read(AdoptRequest request) {
        HostId host = HostId.of(request.getHost());
        HostEpoch epoch = HostEpoch.of(request.getHostEpoch());
        LeaderEpoch leader = LeaderEpoch.of(request.getLeader());
        List<InstanceOrder> owned = new ArrayList<>();
        for (Order order : request.getOwnedList()) {
            owned.add(readGoal(host, epoch, leader, order));
        }
        return new AdoptOrder(
                host,
                epoch,
                Incarnation.of(request.getIncarnation()),
                request.getBootId(),
                request.getNumber(),
                leader,
                owned);
    }

    static ApplyRequest write(InstanceOrder order) {
        return ApplyRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(order.host().value())
                .setHostEpoch(order.hostEpoch().value())
                .setLeader(order.leader().value())
                .setOrder(writeGoal(order))
                .build();
    }

    static InstanceOrder read(ApplyRequest request) {
        return readGoal(
                HostId.of(request.getHost()),
                HostEpoch.of(request.getHostEpoch()),
                LeaderEpoch.of(request.getLeader()),
                request.getOrder());
    }

    static OrderReply write(AgentAnswer answer) {
        OrderReply.Builder reply = OrderReply.newBuilder();
        switch (answer) {
            case AgentAnswer.Accepted(List<InstanceReport> reports, List<InstanceId> destroyed) -> {
                Accepted.Builder accepted = Accepted.newBuilder();
                reports.forEach(report -> accepted.addReports(write(report)));
                destroyed.forEach(instance -> accepted.addDestroyed(instance.toString()));
                reply.setAccepted(accepted);
            }
            case AgentAnswer.Stale(String reason) ->
                reply.setStale(Stale.newBuilder().setReason(reason));
            case AgentAnswer.Refused(String reason) ->
                reply.setRefused(Refused.newBuilder().setReason(reason));
            case AgentAnswer.NoAnswer(String reason) ->
                reply.setUnconfirmed(Unconfirmed.newBuilder().setReason(reason));
        }
        return reply.build();
    }

    static AgentAnswer read(OrderReply reply) {
        return switch (reply.getAnswerCase()) {
            case ACCEPTED ->
                new AgentAnswer.Accepted(
                        reply.getAccepted().getReportsList().stream()
                                .map(Wire::read)
                                .toList(),
                        reply.getAccepted().getDestroyedList().stream()
                                .map(InstanceId::parse)
                                .toList());
            case STALE -> new AgentAnswer.Stale(reply.getStale().getReason());
            case REFUSED -> new AgentAnswer.Refused(reply.getRefused().getReason());
            case UNCONFIRMED -> new AgentAnswer.NoAnswer(reply.getUnconfirmed().getReason());
            // A newer agent may have a word that we do not know; what it did is then not known either.
            case ANSWER_NOT_SET ->
                new AgentAnswer.NoAnswer("the agent answered in a way this controller does not know");
        };
    }

    static MendRequest write(RemedyOrder order) {
        return MendRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(order.host().value())
                .setHostEpoch(order.hostEpoch().value())
                .setLeader(order.leader().value())
                .setBootId(order.bootId())
                .setRemedy(
                        switch (order.remedy()) {
                            case RESTART_LIBVIRT -> io.holdfast.compute.grpc.v1.Remedy.REMEDY_RESTART_LIBVIRT;
                        })
                .setReason(order.reason())
                .build();
    }

    static RemedyOrder read(MendRequest request) {
        Remedy remedy = switch (request.getRemedy()) {
            case REMEDY_RESTART_LIBVIRT -> Remedy.RESTART_LIBVIRT;
            case REMEDY_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("the remedy is none that this agent knows");
        };
        return new RemedyOrder(
                HostId.of(request.getHost()),
                HostEpoch.of(request.getHostEpoch()),
                LeaderEpoch.of(request.getLeader()),
                request.getBootId(),
                remedy,
                request.getReason());
    }

    static MendReply write(RemedyAnswer answer) {
        MendReply.Builder reply = MendReply.newBuilder();
        switch (answer) {
            case RemedyAnswer.Done(String detail) ->
                reply.setDone(Mended.newBuilder().setDetail(detail));
            case RemedyAnswer.Failed(String reason) ->
                reply.setFailed(Failed.newBuilder().setReason(reason));
            case RemedyAnswer.Stale(String reason) ->
                reply.setStale(Stale.newBuilder().setReason(reason));
            case RemedyAnswer.Refused(String reason) ->
                reply.setRefused(Refused.newBuilder().setReason(reason));
            case RemedyAnswer.NoAnswer(String reason) ->
                reply.setUnconfirmed(Unconfirmed.newBuilder().setReason(reason));
        }
        return reply.build();
    }

    static RemedyAnswer read(MendReply reply) {
        return switch (reply.getAnswerCase()) {
            case DONE -> new RemedyAnswer.Done(reply.getDone().getDetail());
            case FAILED -> new RemedyAnswer.Failed(reply.getFailed().getReason());
            case STALE -> new RemedyAnswer.Stale(reply.getStale().getReason());
            case REFUSED -> new RemedyAnswer.Refused(reply.getRefused().getReason());
            case UNCONFIRMED -> new RemedyAnswer.NoAnswer(reply.getUnconfirmed().getReason());
            case ANSWER_NOT_SET ->
                new RemedyAnswer.NoAnswer("the agent answered in a way this controller does not know");
        };
    }

    static ConsoleRequest console(HostId host, InstanceId instance, int bytesMax) {
        return ConsoleRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(host.value())
                .setInstance(instance.toString())
                .setBytesMax(bytesMax)
                .build();
    }

    /** Guests may write any bytes; what is no UTF-8 is replaced. */
    static ConsoleAnswer read(ConsoleReply reply) {
        return reply.getTrouble().isEmpty()
                ? new ConsoleAnswer.Written(reply.getText().toString(StandardCharsets.UTF_8))
                : new ConsoleAnswer.Unknown(reply.getTrouble());
    }

    static LookRequest write(HostId host, DiskLook look) {
        return LookRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(host.value())
                .addAllDisks(look.disks())
                .setApartMillis((int) look.apart().toMillis())
                .build();
    }

    static DiskLook read(LookRequest request) {
        return new DiskLook(request.getDisksList(), Duration.ofMillis(request.getApartMillis()));
    }

    static LookReply write(List<DiskSight> disks) {
        LookReply.Builder reply = LookReply.newBuilder();
        disks.forEach(disk -> reply.addDisks(SeenDisk.newBuilder()
                .setDisk(disk.disk())
                .setSeen(
                        switch (disk.seen()) {
                            case WRITTEN -> SeenDisk.Seen.SEEN_WRITTEN;
                            case UNCHANGED -> SeenDisk.Seen.SEEN_UNCHANGED;
                            case UNSEEN -> SeenDisk.Seen.SEEN_UNSPECIFIED;
                        })
                .setReason(disk.reason())));
        return reply.build();
    }

    /** One sight for each disk that was asked for, whatever was answered. */
    static DiskLookAnswer read(DiskLook asked, LookReply reply) {
        Map<String, SeenDisk> seen = new HashMap<>();
        reply.getDisksList().forEach(disk -> seen.put(disk.getDisk(), disk));
        return new DiskLookAnswer.Looked(asked.disks().stream()
                .map(disk -> {
                    SeenDisk is = seen.get(disk);
                    return is == null ? DiskSight.unseen(disk, "nothing was said of it") : read(is);
                })
                .toList());
    }

    private static DiskSight read(SeenDisk disk) {
        return switch (disk.getSeen()) {
            case SEEN_WRITTEN -> new DiskSight(disk.getDisk(), DiskSight.Seen.WRITTEN, "");
            case SEEN_UNCHANGED -> new DiskSight(disk.getDisk(), DiskSight.Seen.UNCHANGED, "");
            // A word of a later release is none that we may rely on.
            case SEEN_UNSPECIFIED, UNRECOGNIZED -> DiskSight.unseen(disk.getDisk(), disk.getReason());
        };
    }

    static ReadSlotsRequest slots(HostId host) {
        return ReadSlotsRequest.newBuilder()
                .setProtocolVersion(VERSION)
                .setHost(host.value())
                .build();
    }

    static SlotsAnswer read(ReadSlotsReply reply) {
        return reply.getTrouble().isEmpty()
                ? new SlotsAnswer.Read(reply.getDevice().asReadOnlyByteBuffer())
                : new SlotsAnswer.Unknown(reply.getTrouble());
    }

    static Report write(InstanceReport report) {
        Report.Builder message = Report.newBuilder()
                .setInstance(report.instance().toString())
                .setGeneration(report.generation().value())
                .setActual(
                        switch (report.actual()) {
                            case BUILDING -> Actual.ACTUAL_BUILDING;
                            case RUNNING -> Actual.ACTUAL_RUNNING;
                            case STOPPED -> Actual.ACTUAL_STOPPED;
                            case PAUSED -> Actual.ACTUAL_PAUSED;
                            case SUSPENDED -> Actual.ACTUAL_SUSPENDED;
                            case FAILED -> Actual.ACTUAL_FAILED;
                            case UNKNOWN -> Actual.ACTUAL_UNKNOWN;
                            case DELETED -> Actual.ACTUAL_DELETED;
                        })
                .setDetail(report.detail())
                .setAtEpochMillis(report.at().toEpochMilli())
                .setCameUp(report.cameUp());
        GuestWire.write(report.signs(), message);
        return message.build();
    }

    static InstanceReport read(Report report) {
        ActualState actual = switch (report.getActual()) {
            case ACTUAL_BUILDING -> ActualState.BUILDING;
            case ACTUAL_RUNNING -> ActualState.RUNNING;
            case ACTUAL_STOPPED -> ActualState.STOPPED;
            case ACTUAL_PAUSED -> ActualState.PAUSED;
            case ACTUAL_SUSPENDED -> ActualState.SUSPENDED;
            case ACTUAL_FAILED -> ActualState.FAILED;
            case ACTUAL_DELETED -> ActualState.DELETED;
            // A state we have no word for may be one in which it runs.
            case ACTUAL_UNKNOWN, ACTUAL_UNSPECIFIED, UNRECOGNIZED -> ActualState.UNKNOWN;
        };
        return new InstanceReport(
                InstanceId.parse(report.getInstance()),
                Generation.of(report.getGeneration()),
                actual,
                // A word that makes no sense for its state is not believed.
                report.getCameUp() && actual == ActualState.RUNNING,
                report.getDetail(),
                Instant.ofEpochMilli(report.getAtEpochMillis()),
                GuestWire.signs(report));
    }

    private static Order writeGoal(InstanceOrder order) {
        return Order.newBuilder()
                .setInstance(order.instance().toString())
                .setGeneration(order.generation().value())
                .setGoal(
                        switch (order.goal()) {
                            case RUNNING -> Goal.GOAL_RUNNING;
                            case STOPPED -> Goal.GOAL_STOPPED;
                            case PAUSED -> Goal.GOAL_PAUSED;
                            case SUSPENDED -> Goal.GOAL_SUSPENDED;
                            case DELETED -> Goal.GOAL_DELETED;
                        })
                .setSpec(writeSpec(order.spec()))
                .setGently(order.gently())
                .build();
    }

    private static InstanceOrder readGoal(HostId host, HostEpoch epoch, LeaderEpoch leader, Order order) {
        InstanceGoal goal = switch (order.getGoal()) {
            case GOAL_RUNNING -> InstanceGoal.RUNNING;
            case GOAL_STOPPED -> InstanceGoal.STOPPED;
            case GOAL_PAUSED -> InstanceGoal.PAUSED;
            case GOAL_SUSPENDED -> InstanceGoal.SUSPENDED;
            case GOAL_DELETED -> InstanceGoal.DELETED;
            case GOAL_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalArgumentException("instance " + order.getInstance() + " has no known goal");
        };
        if (!order.hasSpec()) {
            throw new IllegalArgumentException("instance " + order.getInstance() + " has no specification");
        }
        return new InstanceOrder(
                host,
                epoch,
                leader,
                InstanceId.parse(order.getInstance()),
                Generation.of(order.getGeneration()),
                goal,
                readSpec(order.getSpec()),
                order.getGently());
    }

    private static GuestSpec writeSpec(io.holdfast.compute.GuestSpec spec) {
        GuestSpec.Builder message = GuestSpec.newBuilder()
                .setName(spec.name())
                .setVcpus(spec.vcpus())
                .setMemoryMib(spec.memoryMib())
                .setDisk(spec.disk())
                .setImage(spec.image())
                .setImageFormat(spec.imageFormat())
                .setDiskGib(spec.diskGib());
        if (spec.kernel() != null) {
            message.setKernel(spec.kernel());
        }
        if (spec.ramdisk() != null) {
            message.setRamdisk(spec.ramdisk());
        }
        if (spec.commandLine() != null) {
            message.setCommandLine(spec.commandLine());
        }
        spec.nics().forEach(nic -> message.addNics(write(nic)));
        if (spec.memory() != null) {
            message.setMemory(spec.memory());
        }
        message.setTerms(GuestWire.write(spec.terms()));
        if (spec.configDrive() != null) {
            message.setConfigDrive(spec.configDrive());
        }
        CellWire.write(spec.cells(), message);
        return message.build();
    }

    private static Nic write(io.holdfast.compute.Nic nic) {
        Nic.Builder message = Nic.newBuilder().setPort(nic.port().toString()).setMac(nic.mac());
        if (nic.bridge() != null) {
            message.setBridge(nic.bridge());
        }
        return message.build();
    }

    private static io.holdfast.compute.Nic read(Nic nic) {
        return new io.holdfast.compute.Nic(
                UUID.fromString(nic.getPort()), nic.getMac(), nic.hasBridge() ? nic.getBridge() : null);
    }

    private static io.holdfast.compute.GuestSpec readSpec(GuestSpec spec) {
        return new io.holdfast.compute.GuestSpec(
                spec.getName(),
                spec.getVcpus(),
                spec.getMemoryMib(),
                spec.getDisk(),
                spec.getImage(),
                spec.getImageFormat(),
                spec.getDiskGib(),
                spec.hasKernel() ? spec.getKernel() : null,
                spec.hasRamdisk() ? spec.getRamdisk() : null,
                spec.hasCommandLine() ? spec.getCommandLine() : null,
                spec.getNicsList().stream().map(Wire::read).toList(),
                spec.hasMemory() ? spec.getMemory() : null,
                spec.hasTerms() ? GuestWire.read(spec.getTerms()) : io.holdfast.compute.GuestTerms.DEFAULT,
                spec.hasConfigDrive() ? spec.getConfigDrive() : null,
                CellWire.read(spec.getCellsList(), spec.getDevicesList()));
    }
}
