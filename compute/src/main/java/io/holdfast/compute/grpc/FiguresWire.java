package io.holdfast.compute.grpc;

import io.holdfast.compute.Diagnostics;
import io.holdfast.compute.DiagnosticsAnswer;
import io.holdfast.compute.grpc.v1.CardFigures;
import io.holdfast.compute.grpc.v1.DiagnoseReply;
import io.holdfast.compute.grpc.v1.DiagnoseRequest;
import io.holdfast.compute.grpc.v1.DiskFigures;
import io.holdfast.compute.grpc.v1.Figures;
import io.holdfast.model.HostId;
import io.holdfast.model.InstanceId;

/** A guest's figures as messages, and back. */
final class FiguresWire {

    private FiguresWire() {}

    static DiagnoseRequest ask(HostId host, InstanceId instance) {
        return DiagnoseRequest.newBuilder()
                .setProtocolVersion(Wire.VERSION)
                .setHost(host.value())
                .setInstance(instance.toString())
                .build();
    }

    static DiagnoseReply write(Diagnostics from) {
        Figures.Builder figures = Figures.newBuilder()
                .setState(from.state())
                .setHypervisor(from.hypervisor())
                .addAllCpuNanos(from.cpus())
                .setMemoryKib(from.memoryKib())
                .setMemoryUsedKib(from.memoryUsedKib());
        from.disks()
                .forEach(disk -> figures.addDisks(DiskFigures.newBuilder()
                        .setDevice(disk.device())
                        .setReadBytes(disk.readBytes())
                        .setReadRequests(disk.readRequests())
                        .setWriteBytes(disk.writeBytes())
                        .setWriteRequests(disk.writeRequests())
                        .setErrors(disk.errors())));
        from.cards()
                .forEach(card -> figures.addCards(CardFigures.newBuilder()
                        .setDevice(card.device())
                        .setMac(card.mac())
                        .setRxBytes(card.rxBytes())
                        .setRxPackets(card.rxPackets())
                        .setRxErrors(card.rxErrors())
                        .setRxDropped(card.rxDropped())
                        .setTxBytes(card.txBytes())
                        .setTxPackets(card.txPackets())
                        .setTxErrors(card.txErrors())
                        .setTxDropped(card.txDropped())));
        return DiagnoseReply.newBuilder().setFigures(figures).build();
    }

    static DiagnosticsAnswer read(DiagnoseReply reply) {
        if (!reply.hasFigures()) {
            return new DiagnosticsAnswer.Unknown(reply.getTrouble());
        }
        Figures from = reply.getFigures();
        return new DiagnosticsAnswer.Known(new Diagnostics(
                from.getState(),
                from.getHypervisor(),
                from.getCpuNanosList(),
                from.getMemoryKib(),
                from.getMemoryUsedKib(),
                from.getDisksList().stream()
                        .map(disk -> new Diagnostics.Disk(
                                disk.getDevice(),
                                disk.getReadBytes(),
                                disk.getReadRequests(),
                                disk.getWriteBytes(),
                                disk.getWriteRequests(),
                                disk.getErrors()))
                        .toList(),
                from.getCardsList().stream()
                        .map(card -> new Diagnostics.Card(
                                card.getDevice(),
                                card.getMac(),
                                card.getRxBytes(),
                                card.getRxPackets(),
                                card.getRxErrors(),
                                card.getRxDropped(),
                                card.getTxBytes(),
                                card.getTxPackets(),
                                card.getTxErrors(),
                                card.getTxDropped()))
                        .toList()));
    }
}
