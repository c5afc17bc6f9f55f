package io.holdfast.compute.grpc;

import io.holdfast.compute.grpc.v1.GuestCell;
import io.holdfast.compute.grpc.v1.GuestSpec;
import io.holdfast.model.CellClaim;
import java.util.List;
import java.util.TreeSet;

/** What a guest has of its host's cells, in the protocol's words. Pure. */
final class CellWire {

    private CellWire() {}

    static void write(CellClaim claim, GuestSpec.Builder spec) {
        claim.parts()
                .forEach(part -> spec.addCells(GuestCell.newBuilder()
                        .setHostCell(part.cell())
                        .setVcpus(part.vcpus())
                        .setMemoryMib(part.memoryMib())
                        .setPageKib(part.pageKib())
                        .addAllPins(part.pins())
                        .addAllShared(part.shared())));
    }

    static CellClaim read(List<GuestCell> cells) {
        return cells.isEmpty()
                ? CellClaim.NONE
                : new CellClaim(cells.stream()
                        .map(cell -> new CellClaim.Part(
                                cell.getHostCell(),
                                cell.getVcpus(),
                                cell.getMemoryMib(),
                                cell.getPageKib(),
                                cell.getPinsList(),
                                new TreeSet<>(cell.getSharedList())))
                        .toList());
    }
}
