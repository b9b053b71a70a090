// Addresses under a proxy's prefix: the module that links use too.
export * from "../../../attribution/reports/page/address.js";
