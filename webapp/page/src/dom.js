// Elements: the module that the HTML report uses too.
export * from "../../../attribution/reports/page/dom.js";
