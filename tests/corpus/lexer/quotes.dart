var r = RegExp(r'\'); var s = 'it\'s ${x}'; a / b / c;
